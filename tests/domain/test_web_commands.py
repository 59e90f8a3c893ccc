"""curl and wget as HTTP steps: exactly the same request, or none."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.errors import Invalid
from engine.domain.steps.web_commands import is_web_command, request_settings
from engine.steps import registry

X = "https://x.example/cron"
GET = {"url": X, "method": "GET"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def sent(body: str, **headers: str) -> dict[str, Any]:
    return {"url": X, "method": "POST", "body_kind": "text", "body": body, "safe_to_repeat": False,
            "headers": headers or FORM}


@pytest.mark.parametrize(("command", "settings"), [
    (f"curl {X}", GET),
    (f"/usr/bin/curl -fsS {X} > /dev/null 2>&1", GET),
    (f"curl -s {X} >/dev/null", GET),
    (f"curl --silent --show-error --retry 3 {X} &> /dev/null", GET),
    (f"curl '{X}?a=1&b=2'", {**GET, "url": f"{X}?a=1&b=2"}),
    (f"curl {X} # keeps it awake", GET),
    ("curl x.example/cron", {**GET, "url": "http://x.example/cron"}),
    (f"curl -sL -m 30 -o /dev/null {X}", {**GET, "follow_redirects": True, "timeout_seconds": 30.0}),
    (f"curl -fsSLo /dev/null {X}", {**GET, "follow_redirects": True}),
    (f"curl -I {X}", {"url": X, "method": "HEAD"}),
    (f"curl -XDELETE {X}", {"url": X, "method": "DELETE", "safe_to_repeat": False}),
    (f"curl -H 'X-Key: a b' -A me {X}", {**GET, "headers": {"X-Key": "a b", "User-Agent": "me"}}),
    (f"curl -d a=1 --data-raw '@b' {X}", sent("a=1&@b")),
    (f"curl -d '{{\"total\": 1}}' -H 'content-type: application/json' {X}",
     sent('{"total": 1}', **{"content-type": "application/json"})),
    (f"curl --json '{{}}' {X}", sent("{}", **{"Content-Type": "application/json",
     "Accept": "application/json"})),
    (f"curl -G -d q=1 '{X}?z=2'", {**GET, "url": f"{X}?z=2&q=1"}),
    (f"wget -qO- {X} >/dev/null 2>&1", {**GET, "follow_redirects": True}),
    (f"wget -q -O /dev/null --tries=1 -T 10 {X}", {**GET, "follow_redirects": True, "timeout_seconds": 10.0}),
    (f"wget --spider {X}", {"url": X, "method": "HEAD", "follow_redirects": True}),
    (f"wget -qO- --post-data='a=1' {X}", {**sent("a=1"), "follow_redirects": True}),
])
def test_a_command_becomes_the_same_request(command: str, settings: dict[str, Any]):
    assert request_settings(command) == settings
    assert registry()["http_request"].check(settings) == []


def test_what_is_fed_to_a_command_can_be_its_content():
    assert request_settings(f"curl -d @- {X}", "a=1") == sent("a=1")


@pytest.mark.parametrize(("command", "why"), [
    (f"curl {X}?a=1&b=2", "the shell (&)"), (f"curl {X} | grep ok", "the shell (|)"),
    (f"curl {X}; echo done", "the shell (;)"), (f"curl {X} && date", "the shell (&&)"),
    (f"curl {X} >> /var/log/x.log 2>&1", "the shell (>>)"), (f"curl -s $(cat url)/{X}", "a variable"),
    ("curl $URL", "a variable"), (f'curl "{X}?d=`date`"', "a variable"),
    (f'curl "{X}?it\'s=$A&it\'s"', "a variable"),
    (f'curl "{X}?a=\\$b"', "a variable"), (f"curl '{X}", "quotation mark"),
    (f"curl -d '#1' {X}", "a # in it"),
    ("curl", "no address"), (f"curl {X} {X}", "several addresses"), (f"curl {X}/[1-9]", "stands for several"),
    ("curl ftp://x.example/a", "plain web address"), ("curl https://a:b@x.example/", "plain web address"),
    (f"curl -k {X}", "certificate"), (f"curl -u a:b {X}", "signs in"),
    (f"curl -d @/etc/passwd {X}", "a file"),
    (f"curl -d @- {X}", "a file"), (f"curl -o page.html {X}", "in a file"), (f"curl -O {X}", "in a file"),
    (f"curl -F a=@b {X}", "files"), (f"curl -Z {X}", "-Z is not known"),
    (f"curl --proxy p {X}", "--proxy is not known"),
    (f"curl -sZ {X}", "-Z is not known"), ("curl -m", "no value"), (f"curl -m soon {X}", "time limit"),
    (f"curl -m 0 {X}", "time limit"), (f"curl -X PURGE {X}", "PURGE"),
    (f"curl -H 'Host: y' {X}", "the header Host"),
    (f"curl -H @headers {X}", "can't be read"), (f"curl -H 'A: {{{{ x }}}}' {X}", "stands for a value"),
    (f"curl -b cookies.txt {X}", "cookies from a file"), (f"wget {X}", "in a file"),
    (f"wget -O page {X}", "in a file"),
    (f"wget -q -nc -O- {X}", "not known"), (f"wget --no-check-certificate -O- {X}", "certificate"),
])
def test_what_is_more_than_one_request_is_refused_with_the_reason(command: str, why: str):
    with pytest.raises(Invalid) as refused:
        request_settings(command)
    assert why in refused.value.message


def test_an_unescaped_percent_sign_in_an_address_is_pointed_out():
    with pytest.raises(Invalid, match="% cuts it short"):
        request_settings("curl https://x.example/a", "20b")


@pytest.mark.parametrize(("command", "is_web"), [
    ("curl x", True), ("/usr/local/bin/wget x", True), ("curly x", False), ("A=b curl x", False), ("", False),
    ("/usr/bin/flock -n /tmp/l curl x", False),
])
def test_only_what_begins_with_curl_or_wget_is_tried(command: str, is_web: bool):
    assert is_web_command(command) is is_web


@given(st.text(alphabet="curlwget -dHXoO@=&;|><$`'\"\\#{}[]?/:.0a\n", max_size=60))
def test_whatever_follows_it_is_one_request_or_refused(rest: str):
    try:
        settings = request_settings(f"curl {rest}")
    except Invalid:
        return
    assert registry()["http_request"].check(settings) == []
