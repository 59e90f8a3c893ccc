import json

import pytest

from engine.domain.errors import StepFailed
from engine.steps.http_request import HttpRequest
from tests.steps.servers import Reply

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def request_step(server, make_context):
    """Run the step against the local server, which the policy allows."""

    def run(path_or_url, scope=None, *, seconds=10, **settings):
        url = path_or_url if "://" in path_or_url else server.url(path_or_url)
        step = HttpRequest()
        context = make_context(allowed=(server.place,), seconds=seconds)
        return step.run(context, step.prepare({"url": url, **settings}, scope or {})).output

    return run


def test_json_comes_back_as_data_with_its_rows(server, request_step):
    server.replies["/sales"] = Reply(body=b'{"total": 2, "items": [{"a": 1}]}', headers=JSON)
    output = request_step("/sales")
    assert (output["status"], output["ok"]) == (200, True)
    assert output["data"] == {"total": 2, "items": [{"a": 1}]}
    assert output["rows"] == [{"a": 1}]
    assert output["url"] == server.url("/sales")


@pytest.mark.parametrize(("body", "rows"), [
    (b"[1, 2]", [1, 2]), (b'{"a": [1], "b": [2]}', []), (b'{"a": 1}', []), (b"5", []),
])
def test_rows_are_the_list_in_an_answer_only_when_there_is_one(server, request_step, body, rows):
    server.replies["/x"] = Reply(body=body, headers=JSON)
    assert request_step("/x")["rows"] == rows


def test_text_comes_back_as_text(server, request_step):
    server.replies["/page"] = Reply(body="Grüße".encode("latin-1"),
                                    headers={"Content-Type": "text/html; charset=latin-1"})
    assert request_step("/page")["data"] == "Grüße"


def test_every_request_carries_the_idempotency_key(server, request_step):
    server.replies["/x"] = Reply()
    request_step("/x")
    assert server.heard[0].headers["idempotency-key"] == "run-1:step:"
    assert server.heard[0].headers["user-agent"] == "Carillon"


@pytest.mark.parametrize(("content", "sent", "content_type"), [
    ({"body_kind": "json", "body": {"a": [1, "ü"]}}, '{"a": [1, "ü"]}', "application/json"),
    ({"body_kind": "json", "body": '{"a": 1}'}, '{"a": 1}', "application/json"),
    ({"body_kind": "form", "body": {"a": "1 & 2", "b": 3}}, "a=1+%26+2&b=3",
     "application/x-www-form-urlencoded"),
    ({"body_kind": "text", "body": "hello"}, "hello", "text/plain; charset=utf-8"),
])
def test_content_is_sent_in_the_kind_chosen(server, request_step, content, sent, content_type):
    server.replies["/in"] = Reply()
    request_step("/in", method="POST", **content)
    assert server.heard[0].body.decode() == sent
    assert server.heard[0].headers["content-type"] == content_type


def test_a_filled_value_can_not_break_out_of_the_json_around_it(server, request_step):
    server.replies["/in"] = Reply()
    scope = {"inputs": {"name": 'x", "admin": "yes', "n": 5}}
    request_step("/in", scope, method="POST", body_kind="json",
                 body='{"name": "{{ inputs.name }}", "n": "{{ inputs.n }}"}')
    assert json.loads(server.heard[0].body) == {"name": 'x", "admin": "yes', "n": 5}


def test_query_values_are_added_to_the_address(server, request_step):
    server.replies["/x"] = Reply()
    request_step("/x?a=1", query={"b": "2 & 3", "c": [1, 2]})
    assert server.heard[0].path == "/x?a=1&b=2+%26+3&c=1&c=2"


@pytest.mark.parametrize(("status", "error_class", "code"), [
    (401, "auth", "http.401"), (403, "auth", "http.403"), (404, "data", "http.404"),
    (408, "transient", "http.4xx"), (422, "data", "http.4xx"), (429, "limit", "http.429"),
    (500, "transient", "http.5xx"), (503, "transient", "http.5xx"), (302, "logic", "http.3xx"),
])
def test_a_refused_answer_is_classed(server, request_step, status, error_class, code):
    server.replies["/x"] = Reply(status, b"why", {"Location": "/y"})
    with pytest.raises(StepFailed) as caught:
        request_step("/x")
    assert (caught.value.error_class, caught.value.error_code) == (error_class, code)
    assert caught.value.detail["status"] == status
    assert caught.value.detail["answer"] == "why"


def test_what_a_refused_answer_echoes_of_the_secrets_that_were_sent_is_hidden(server, request_step):
    server.replies["/x"] = Reply(400, b"bad key hunter22x")
    with pytest.raises(StepFailed) as caught:
        request_step("/x", headers={"X-Api-Key": "hunter22x"})
    assert caught.value.detail["answer"] == "bad key ••••"


def test_the_answers_accepted_can_be_chosen(server, request_step):
    server.replies["/x"] = Reply(404)
    output = request_step("/x", accept="200-299, 404")
    assert (output["status"], output["ok"]) == (404, False)
    server.replies["/x"] = Reply(201)
    with pytest.raises(StepFailed) as caught:
        request_step("/x", accept=200)
    assert caught.value.error_code == "http.status"


@pytest.mark.parametrize(("asked", "seconds"), [
    ("120", 120), ("Fri, 20 Nov 2026 09:05:00 GMT", 300), ("Fri, 20 Nov 2020 09:05:00 GMT", 0),
    ("99999999999999", 86_400), ("soon", None),
])
def test_retry_after_is_honoured(server, request_step, asked, seconds):
    server.replies["/x"] = Reply(429, headers={"Retry-After": asked})
    with pytest.raises(StepFailed) as caught:
        request_step("/x")
    after = caught.value.retry_after
    assert (None if after is None else after.total_seconds()) == seconds


@pytest.mark.parametrize("body", [b"<html>", b"{", b"[NaN]", b"[" * 100_000, b"9" * 5_000, b""])
def test_an_answer_that_is_not_json_is_a_failure_when_json_was_wanted(server, request_step, body):
    server.replies["/x"] = Reply(body=body)
    with pytest.raises(StepFailed) as caught:
        request_step("/x", read_as="json")
    assert (caught.value.error_class, caught.value.error_code) == ("data", "data.parse")


def test_an_answer_is_made_safe_to_store(server, request_step):
    server.replies["/json"] = Reply(body=b'["a\\u0000b", "\\ud800", 1e999]', headers=JSON)
    server.replies["/text"] = Reply(body=b"a\x00b\xff", headers={"Set-Cookie": "session=secret"})
    assert request_step("/json")["data"] == ["a\ufffdb", "?", None]
    output = request_step("/text")
    assert output["data"] == "a\ufffdb\ufffd"
    assert "secret" not in json.dumps(output)


@pytest.mark.parametrize("charset", ["nonsense", "hex", "punycode", "undefined", "utf-16-le"])
def test_an_odd_charset_never_breaks_a_run(server, request_step, charset):
    server.replies["/x"] = Reply(body=b"abcd",
                                 headers={"Content-Type": f"text/plain; charset={charset}"})
    assert isinstance(request_step("/x")["data"], str)


def test_a_preview_shows_the_request_and_sends_nothing(server, make_context):
    step = HttpRequest()
    settings = step.prepare({"url": server.url("/in"), "method": "post", "body_kind": "json",
                             "body": {"a": 1}, "query": {"q": 1}}, {})
    preview = step.preview(make_context(), settings)
    assert (preview["method"], preview["url"]) == ("POST", server.url("/in?q=1"))
    assert preview["body"] == '{"a": 1}'
    assert preview["headers"]["idempotency-key"] == "run-1:step:"
    assert server.heard == []


@pytest.mark.parametrize(("settings", "effect"), [
    ({}, "none"), ({"method": "HEAD"}, "none"), ({"method": "POST"}, "repeatable"),
    ({"method": "DELETE", "safe_to_repeat": False}, "once"),
])
def test_the_effect_follows_from_what_is_asked(settings, effect):
    step = HttpRequest()
    assert step.effect_of(step.prepare({"url": "https://x.example", **settings}, {})) == effect


@pytest.mark.parametrize(("settings", "field", "said"), [
    ({"url": "ftp://x.example"}, "url", "http:// or https://"),
    ({"url": "shop.example"}, "url", "http:// or https://"),
    ({"url": "http://exa mple/"}, "url", "name of a computer"),
    ({"url": "http://h:nine/"}, "url", "not a web address"),
    ({}, "url", "Fill in"),
    ({"headers": {"a b": "c"}}, "headers", "header"),
    ({"headers": {"Host": "x"}}, "headers", "connection itself"),
    ({"headers": {"A": "b\r\nC: d"}}, "headers", "one line"),
    ({"accept": "2xx"}, "accept", "200-299"),
    ({"method": "BREW"}, "method", "GET"),
    ({"timeout_seconds": 0}, "timeout_seconds", "0.1"),
    ({"max_bytes": 10**9}, "max_bytes", "100,000,000"),
    ({"body_kind": "json", "body": '{"a": {{ inputs.n }}}'}, "body", "quotes"),
    ({"body_kind": "json"}, "", "Fill in"),
    ({"body": "left over"}, "", "What to send"),
    ({"verify": False}, "verify", "There is no"),
])
def test_settings_that_can_not_work_are_named(settings, field, said):
    base = {} if field == "url" else {"url": "https://x.example"}
    (problem,) = HttpRequest().check({**base, **settings})
    assert problem.field == field
    assert said in problem.message


def test_values_may_stand_anywhere_in_settings():
    assert HttpRequest().check({
        "url": "{{ inputs.address }}", "timeout_seconds": "{{ inputs.limit }}",
        "body_kind": "json", "body": "{{ steps.a.data }}", "accept": "{{ inputs.ok }}",
    }) == []
