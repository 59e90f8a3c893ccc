import pytest

from engine.domain.errors import StepFailed
from engine.steps._context import NetworkPolicy
from engine.steps._guard import checked_addresses
from engine.steps._network import Exchange, GuardedBackend, system_resolve

PRIVATE = [
    "127.0.0.1", "127.1.2.3", "0.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "100.100.100.200", "192.0.0.192", "192.0.2.1", "192.88.99.1",
    "198.18.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "168.63.129.16",
    "::1", "::", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "2001:db8::1", "fe80::1", "fe80::1%eth0",
    "fc00::1", "fd00:ec2::254", "ff02::1", "3fff::1", "5f00::1", "100::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_is_refused(address):
    with pytest.raises(StepFailed) as caught:
        checked_addresses("name.example", 443, NetworkPolicy(), lambda *_: [address])
    assert (caught.value.error_class, caught.value.error_code) == ("logic", "net.blocked")


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:4700:4700::1111"])
def test_a_public_address_is_let_through(address):
    found = checked_addresses("name.example", 443, NetworkPolicy(), lambda *_: [address])
    assert [str(one) for one in found] == [address]


def test_one_private_answer_among_public_ones_refuses_the_name():
    with pytest.raises(StepFailed):
        checked_addresses("x.example", 443, NetworkPolicy(), lambda *_: ["8.8.8.8", "10.0.0.1"])


@pytest.mark.parametrize("port", [22, 25, 53, 111, 0])
def test_ports_of_other_services_are_refused_also_on_public_addresses(port):
    with pytest.raises(StepFailed):
        checked_addresses("x.example", port, NetworkPolicy(), lambda *_: ["8.8.8.8"])


@pytest.mark.parametrize("host", [
    "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "localhost",
])
def test_other_spellings_of_this_machine_are_seen_through(host):
    with pytest.raises(StepFailed) as caught:
        checked_addresses(host, 80, NetworkPolicy(), system_resolve)
    assert caught.value.error_code == "net.blocked"


@pytest.mark.parametrize(("entry", "host", "address", "port"), [
    ("intranet.example", "Intranet.Example", "10.0.0.5", 8080),
    ("intranet.example:8080", "intranet.example", "10.0.0.5", 8080),
    ("10.0.0.0/8", "any.example", "10.0.0.5", 22),
    ("127.0.0.1:8000", "127.0.0.1", "127.0.0.1", 8000),
    ("[::1]:8000", "localhost", "::1", 8000),
    ("fd00::/8", "any.example", "fd00::5", 443),
])
def test_what_an_administrator_allows_is_let_through(entry, host, address, port):
    assert checked_addresses(host, port, NetworkPolicy((entry,)), lambda *_: [address])


@pytest.mark.parametrize(("entry", "host", "address", "port"), [
    ("intranet.example:8080", "intranet.example", "10.0.0.5", 8081),
    ("intranet.example", "x.intranet.example", "10.0.0.5", 80),
    ("127.0.0.1:8000", "127.0.0.1", "127.0.0.1", 6379),
    ("10.0.0.0/8", "any.example", "192.168.0.1", 80),
    ("", "any.example", "10.0.0.1", 80),
])
def test_an_allowance_reaches_no_further_than_it_says(entry, host, address, port):
    with pytest.raises(StepFailed):
        checked_addresses(host, port, NetworkPolicy((entry,)), lambda *_: [address])


def test_the_address_that_was_checked_is_the_one_connected_to():
    answers = iter([["8.8.8.8"], ["127.0.0.1"]])
    tried = []

    def connect(address, _seconds):
        tried.append(address)
        raise ConnectionRefusedError

    exchange = Exchange.begin("rebind.example", 5, cut_by_run=False)
    backend = GuardedBackend(NetworkPolicy(), exchange, lambda *_: next(answers), connect)
    with pytest.raises(StepFailed) as first:
        backend.connect_tcp("rebind.example", 443)
    assert first.value.error_code == "net.refused"
    with pytest.raises(StepFailed) as second:
        backend.connect_tcp("rebind.example", 443)
    assert second.value.error_code == "net.blocked"
    assert tried == [("8.8.8.8", 443)]
