"""A server that takes its time, or is not there, does not hold a worker."""

import socket

import pytest

from tests.steps.servers import raw_server


def drip_headers(connection, over):
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while not over.wait(0.02):
        connection.sendall(b"x")


def drip_body(connection, over):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not over.wait(0.02):
        connection.sendall(b"x")


def say_nothing(_connection, over):
    over.wait(5)


@pytest.mark.parametrize("talk", [drip_headers, drip_body, say_nothing])
def test_a_server_that_drips_is_cut_at_the_time_limit(failure, talk):
    with raw_server(talk) as place:
        failed = failure(f"http://{place}/", allowed=(place,), timeout_seconds=0.2)
    assert (failed.error_class, failed.error_code) == ("timeout", "net.timeout")
    assert failed.detail["sent"] is True


def test_the_deadline_of_the_step_cuts_before_its_own_limit(failure):
    with raw_server(drip_body) as place:
        failed = failure(f"http://{place}/", allowed=(place,), seconds=0.2)
    assert (failed.error_class, failed.error_code) == ("timeout", "limit.time")


def test_a_resolver_that_hangs_is_cut_too(failure):
    with raw_server(say_nothing) as place:
        def resolve(*_):
            with socket.create_connection(place.split(":")) as waiting:
                waiting.sendall(b"x")
                return [waiting.recv(1).decode()]

        failed = failure("http://slow.example/", resolve=resolve, timeout_seconds=0.2)
    assert failed.error_code == "net.timeout"
    assert failed.detail["sent"] is False


@pytest.mark.parametrize("answer", [b"", b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Len"])
def test_a_connection_ended_early_may_pass_next_time(failure, answer):
    with raw_server(lambda connection, _: connection.sendall(answer)) as place:
        failed = failure(f"http://{place}/", allowed=(place,))
    assert (failed.error_class, failed.error_code) == ("transient", "net.closed")


def test_a_port_nobody_listens_on_refuses(failure):
    with socket.create_server(("127.0.0.1", 0)) as closing:
        place = f"127.0.0.1:{closing.getsockname()[1]}"
    failed = failure(f"http://{place}/", allowed=(place,))
    assert (failed.error_class, failed.error_code) == ("transient", "net.refused")
    assert failed.detail["sent"] is False


def test_a_name_nobody_knows_is_not_found(failure):
    def resolve(*_):
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    failed = failure("http://nowhere.example/", resolve=resolve)
    assert (failed.error_class, failed.error_code) == ("transient", "net.dns")
    assert failed.message == "We could not find nowhere.example."


def test_a_server_without_a_trusted_certificate_is_not_talked_to(server, failure):
    failed = failure(f"https://{server.place}/", allowed=(server.place,))
    assert (failed.error_class, failed.error_code) == ("logic", "net.tls")
    assert server.heard == []
