"""curl and wget commands as settings of an HTTP request – all of a command, or nothing."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from engine.domain.data.expressions import OPENING
from engine.domain.errors import Invalid
from engine.domain.steps.shell_words import plain_words
from engine.domain.steps.web_options import A_FILE, CURL, CURL_WITH_VALUE, WGET, WGET_WITH_VALUE

_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")
_FORM: Final = "application/x-www-form-urlencoded"
_HEADER: Final = re.compile(r"([A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}):\s*(\S.*)")
_OURS: Final = ("host", "content-length", "transfer-encoding", "connection", "upgrade")
_ADDRESS: Final = re.compile(r"(?:https?://)?[A-Za-z0-9.-]+(?::\d{1,5})?(?:[/?#]\S*)?", re.IGNORECASE)
_NOWHERE: Final = ("/dev/null", "-")
_LONGEST_SECONDS: Final = 3600


@dataclass
class _Request:
    """The request as far as the words were read; `given` is what is fed to the command."""

    given: str | None
    follows: bool
    keeps_file: bool
    method: str | None = None
    urls: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    data: list[str] = field(default_factory=list)
    seconds: float | None = None
    is_query: bool = False

    def use_method(self, value: str) -> None:
        self.method = value.upper()
        if self.method not in _METHODS:
            raise Invalid(f"there is no request of the kind {value[:20]} here")

    def add_header(self, value: str) -> None:
        found = _HEADER.fullmatch(value)
        if found is None:
            raise Invalid(f"the header {value[:40]} can't be read")
        if found[1].lower() in _OURS:
            raise Invalid(f"it sets the header {found[1]}")
        self.headers[found[1]] = found[2].strip()

    def add_data(self, value: str) -> None:
        if not value.startswith("@"):
            self.data.append(value)
        elif value == "@-" and self.given is not None:
            self.data.append(self.given)
            self.given = None
        else:
            raise Invalid("it sends the content of a file")

    def add_json(self, value: str) -> None:
        self.add_data(value)
        self.headers = {"Content-Type": "application/json", "Accept": "application/json"} | self.headers

    def add_cookie(self, value: str) -> None:
        if "=" not in value:
            raise Invalid("it reads cookies from a file")
        self.headers["Cookie"] = value

    def put_output(self, value: str) -> None:
        if value not in _NOWHERE:
            raise Invalid(A_FILE)
        self.keeps_file = False

    def end_after(self, value: str) -> None:
        seconds = float(value) if re.fullmatch(r"\d{1,6}(\.\d{1,3})?", value) else 0
        if not 0 < seconds <= _LONGEST_SECONDS:
            raise Invalid(f"the time limit {value[:20]} can't be used here")
        self.seconds = max(seconds, 0.1)

    def discard(self) -> None:
        self.keeps_file = False

    def look_only(self) -> None:
        self.method = "HEAD"
        self.keeps_file = False


_ACTIONS: Final[Mapping[str, Callable[[_Request, str], None]]] = {
    "ignored": lambda request, value: None,
    "url": lambda request, value: request.urls.append(value),
    "method": _Request.use_method, "header": _Request.add_header, "data": _Request.add_data,
    "raw": lambda request, value: request.data.append(value), "json": _Request.add_json,
    "agent": lambda request, value: request.headers.update({"User-Agent": value}),
    "referer": lambda request, value: request.headers.update({"Referer": value}),
    "cookie": _Request.add_cookie, "limit": _Request.end_after,
    "output": _Request.put_output, "discard": lambda request, value: request.discard(),
    "head": lambda request, value: request.look_only(),
    "follow": lambda request, value: setattr(request, "follows", True),
    "as_query": lambda request, value: setattr(request, "is_query", True),
}


def is_web_command(command: str) -> bool:
    """Whether the command begins with curl or wget."""
    return _program(command.split()[:1]) in ("curl", "wget")


def request_settings(command: str, given: str | None = None) -> dict[str, Any]:
    """Return the settings of the HTTP step that does the same; `given` is fed to the command.

    Raises `Invalid` with what keeps it from being one request.
    """
    words = plain_words(command)
    is_curl = _program(words[:1]) == "curl"
    request = _Request(given, follows=not is_curl, keeps_file=not is_curl)
    flags, valued = (CURL, CURL_WITH_VALUE) if is_curl else (WGET, WGET_WITH_VALUE)
    for action, value in _read(words[1:], flags, valued):
        if action not in _ACTIONS:
            raise Invalid(action)
        _ACTIONS[action](request, value)
    if request.keeps_file:
        raise Invalid(A_FILE)
    if request.given is not None:
        raise Invalid("a % cuts it short, as in every crontab. Write \\% for the sign itself")
    return _settings(request)


def _program(words: Sequence[str]) -> str:
    return words[0].rpartition("/")[2] if words else ""


def _read(
    words: Sequence[str], flags: Mapping[str, str], valued: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Give what each word does, with its value; letters may stand together, as in -fsSLo file."""
    waiting = list(reversed(words))
    while waiting:
        word = waiting.pop()
        name, joined, value = word.partition("=") if word.startswith("--") else (word, "", "")
        if not word.startswith("-") or word == "-":
            yield "url", word
        elif name in flags and not joined:
            yield flags[name], ""
        elif name in valued:
            if not joined and not waiting:
                raise Invalid(f"{name} has no value")
            yield valued[name], value if joined else waiting.pop()
        elif word.startswith("--") or len(word) < 3:
            raise Invalid(f"the option {name[:40]} is not known here")
        elif word[:2] in valued:
            yield valued[word[:2]], word[2:]
        else:
            waiting += ["-" + word[2:], word[:2]]


def _settings(request: _Request) -> dict[str, Any]:
    url, body = _address(request), "&".join(request.data)
    if request.is_query and body:
        url, body = f"{url}{'&' if '?' in url else '?'}{body}", ""
    method = request.method or ("POST" if request.data and not request.is_query else "GET")
    settings: dict[str, Any] = {"url": url, "method": method}
    if body:
        settings |= {"body_kind": "text", "body": body}
        request.headers = _with_type(request.headers)
    if method not in ("GET", "HEAD"):
        settings["safe_to_repeat"] = False
    if request.follows:
        settings["follow_redirects"] = True
    if request.seconds:
        settings["timeout_seconds"] = request.seconds
    if request.headers:
        settings["headers"] = request.headers
    if any(OPENING in text for text in (url, body, *request.headers.values())):
        raise Invalid(f"it has {OPENING} in it, which stands for a value here")
    return settings


def _address(request: _Request) -> str:
    if len(request.urls) != 1:
        raise Invalid("it asks for several addresses" if request.urls else "it names no address")
    url = request.urls[0]
    if any(mark in url for mark in "{}[]"):
        raise Invalid("its address stands for several ({ } or [ ])")
    if not _ADDRESS.fullmatch(url):
        raise Invalid("its address is not a plain web address")
    return url if url.lower().startswith(("http://", "https://")) else f"http://{url}"


def _with_type(headers: Mapping[str, str]) -> dict[str, str]:
    """Both programs send a form unless they are told otherwise."""
    typed = any(name.lower() == "content-type" for name in headers)
    return dict(headers) if typed else {"Content-Type": _FORM, **headers}
