"""What a hostile or broken server can not do to a worker."""

import gzip
from dataclasses import replace

import pytest

from engine.domain.errors import StepFailed
from engine.steps.http_request import HttpRequest
from tests.steps.servers import Reply, Server


@pytest.mark.parametrize("url", [
    "http://127.1/", "http://2130706433/", "http://0x7f.1/",
    "http://[::ffff:127.0.0.1]/", "http://[64:ff9b::a9fe:a9fe]/", "http://[2002:7f00:1::]/",
    "http://[::127.0.0.1]/", "http://0.0.0.0/", "http://169.254.169.254/latest/meta-data/",
    "http://100.64.0.1/", "http://localhost:6379/", "http://[::1]:8000/", "http://[::]/",
    "http://a@127.0.0.1/", "http://192.0.0.192/", "https://10.0.0.1/", "http://224.0.0.1/",
])
def test_addresses_that_lead_inside_are_refused(failure, url):
    failed = failure(url)
    assert (failed.error_class, failed.error_code) == ("logic", "net.blocked")
    assert failed.detail.get("sent") is not True


@pytest.mark.parametrize("url", ["http://①②⑦.⓪.⓪.①/", "http://0177.0.0.1/", "http://[::1%25lo]/"])
def test_disguised_addresses_are_refused_when_saved(url):
    (problem,) = HttpRequest().check({"url": url})
    assert problem.field == "url"


def test_environment_proxies_are_not_used(server, failure, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", server.url("/"))
    monkeypatch.setenv("ALL_PROXY", server.url("/"))
    assert failure("http://10.0.0.1/").error_code == "net.blocked"
    assert server.heard == []


def test_a_name_that_turns_private_on_the_second_look_is_refused(server, failure):
    answers = iter([["127.0.0.1"], ["127.0.0.2"]])
    server.replies["/a"] = Reply(302, headers={"Location": f"http://other.example:{server.port}/b"})
    failed = failure(
        f"http://first.example:{server.port}/a", allowed=(server.place,),
        resolve=lambda *_: next(answers), follow_redirects=True,
    )
    assert failed.error_code == "net.blocked"
    assert [heard.path for heard in server.heard] == ["/a"]


def test_a_redirect_to_loopback_is_refused(server, failure):
    server.replies["/a"] = Reply(302, headers={"Location": "http://localhost:6379/"})
    failed = failure(server.url("/a"), allowed=(server.place,), follow_redirects=True)
    assert failed.error_code == "net.blocked"


@pytest.mark.parametrize("location", ["file:///etc/passwd", "gopher://127.0.0.1/", "http://[::"])
def test_a_redirect_to_another_kind_of_address_is_refused(server, failure, location):
    server.replies["/a"] = Reply(302, headers={"Location": location})
    failed = failure(server.url("/a"), allowed=(server.place,), follow_redirects=True)
    assert failed.error_code in ("net.blocked", "http.3xx", "net.closed")


def test_a_redirect_is_not_followed_unless_asked(server, failure):
    server.replies["/a"] = Reply(302, headers={"Location": "/b"})
    failed = failure(server.url("/a"), allowed=(server.place,))
    assert failed.error_code == "http.3xx"
    assert len(server.heard) == 1


def test_redirects_have_an_end(server, failure):
    server.replies["/a"] = Reply(302, headers={"Location": "/a"})
    failed = failure(server.url("/a"), allowed=(server.place,), follow_redirects=True)
    assert failed.error_code == "http.3xx"
    assert len(server.heard) == 6


def test_secrets_stay_with_the_host_they_were_meant_for(server, make_context):
    other = Server()
    server.replies["/a"] = Reply(302, headers={"Location": other.url("/b")})
    server.replies["/c"] = Reply(302, headers={"Location": "/d"})
    server.replies["/d"] = other.replies["/b"] = Reply(200)
    step = HttpRequest()
    context = make_context(allowed=(server.place, other.place))
    headers = {"Authorization": "secret", "X-Api-Key": "secret"}
    for path in ("/a", "/c"):
        step.run(context, step.prepare(
            {"url": server.url(path), "headers": headers, "follow_redirects": True}, {}))
    other.close()
    assert "secret" not in str(other.heard[0].headers)
    assert server.heard[2].path == "/d"
    assert server.heard[2].headers["x-api-key"] == "secret"


def test_content_is_not_passed_on_to_another_host(server, failure):
    other = Server()
    server.replies["/a"] = Reply(307, headers={"Location": other.url("/b")})
    failed = failure(server.url("/a"), allowed=(server.place, other.place), method="POST",
                     body_kind="text", body="secret", follow_redirects=True)
    other.close()
    assert failed.error_code == "http.3xx"
    assert other.heard == []


def test_too_large_an_answer_is_cut_while_it_comes(server, failure):
    server.replies["/big"] = Reply(body=b"x" * 2_000_000)
    failed = failure(server.url("/big"), allowed=(server.place,), max_bytes=100_000)
    assert (failed.error_class, failed.error_code) == ("data", "limit.size")


def test_an_answer_that_unpacks_to_gigabytes_is_cut(server, failure):
    bomb = gzip.compress(gzip.compress(b"\0" * 50_000_000))
    server.replies["/bomb"] = Reply(body=bomb, headers={"Content-Encoding": "gzip, gzip"})
    failed = failure(server.url("/bomb"), allowed=(server.place,), max_bytes=1_000_000)
    assert failed.error_code == "limit.size"


def test_an_answer_that_is_too_large_may_be_cut_instead(server, make_context, log):
    server.replies["/big"] = Reply(body=b"x" * 500_000, headers={"Content-Type": "text/plain"})
    step = HttpRequest()
    settings = step.prepare({"url": server.url("/big"), "max_bytes": 1_000, "if_too_large": "cut"}, {})

    output = step.run(make_context(allowed=(server.place,)), settings).output

    assert output["data"] == "x" * 1_000
    assert log == [("warn", "The answer is larger than 1 kB; the rest was left out")]


def test_data_that_was_cut_is_kept_as_text(server, make_context):
    server.replies["/rows"] = Reply(body=b'{"rows": [1, 2, 3]}', headers={"Content-Type": "application/json"})
    step = HttpRequest()
    settings = step.prepare({"url": server.url("/rows"), "max_bytes": 10, "if_too_large": "cut"}, {})

    output = step.run(make_context(allowed=(server.place,)), settings).output

    assert (output["data"], output["rows"]) == ('{"rows": [', [])


def test_no_step_may_read_more_than_the_server_keeps(server, make_context):
    server.replies["/big"] = Reply(body=b"x" * 5_000)
    step = HttpRequest()
    context = replace(make_context(allowed=(server.place,)), max_payload=1_000)

    with pytest.raises(StepFailed) as failed:
        step.run(context, step.prepare({"url": server.url("/big")}, {}))

    assert failed.value.error_code == "limit.size"
    assert "1,000" in failed.value.message


def test_a_secret_the_other_side_echoes_is_hidden(server, make_context):
    body = b'{"you_sent": "Bearer canary-5071", "count": 3}'
    server.replies["/echo"] = Reply(body=body, headers={"Content-Type": "application/json"})
    step = HttpRequest()
    given = {"url": server.url("/echo"), "headers": {"Authorization": "Bearer canary-5071"}}

    output = step.run(make_context(allowed=(server.place,)), step.prepare(given, {})).output

    assert output["data"] == {"you_sent": "••••", "count": 3}


def test_a_secret_in_the_address_is_not_kept_in_the_answer(server, make_context):
    server.replies["/a"] = Reply(body=b"fine")
    step = HttpRequest()
    settings = step.prepare({"url": server.url("/a?page=2&api_key=canary-5071")}, {})

    output = step.run(make_context(allowed=(server.place,)), settings).output

    assert output["url"].endswith("?page=2&api_key=••••")
