"""The settings of an HTTP request, and the request they make."""

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlencode

import httpx2
from pydantic import AfterValidator, BeforeValidator, model_validator

from engine.domain.data.references import is_reference
from engine.domain.data.values import as_text
from engine.domain.errors import Invalid
from engine.domain.runs import payloads
from engine.steps._base import StepSettings, Text, setting
from engine.steps._http import Call
from engine.steps._http_answer import ReadAs

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]
BodyKind = Literal["none", "form", "json", "text"]
LARGEST: Final = 100_000_000
_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_HOST: Final = re.compile(r"[A-Za-z0-9._:-]+")
_OURS: Final = ("host", "content-length", "transfer-encoding", "connection", "upgrade")
_RANGE: Final = re.compile(r"([1-5]\d\d)(?:\s*[-–]\s*([1-5]\d\d))?")
_CONTENT_TYPES: Final = {
    "form": "application/x-www-form-urlencoded",
    "json": "application/json",
    "text": "text/plain; charset=utf-8",
}


def _address(url: str) -> str:
    url = url.strip()
    try:
        parsed = httpx2.URL(url)
    except httpx2.InvalidURL as error:
        raise ValueError("This is not a web address. Write it like https://example.org") from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise ValueError("Start the address with http:// or https://")
    if not _HOST.fullmatch(parsed.raw_host.decode()):
        raise ValueError(f"“{parsed.host}” can't be the name of a computer. Check the address.")
    return url


def _sendable(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name):
            raise ValueError(f"“{name}” can't be the name of a header. Use letters and hyphens.")
        if name.lower() in _OURS:
            raise ValueError(f"“{name}” is set by the connection itself. Remove it.")
        if any(mark in value for mark in "\r\n\0"):
            raise ValueError(f"The header “{name}” must fit on one line.")
    return headers


def _ranges(text: str) -> str:
    accepted_ranges(text)
    return text


class HttpRequestSettings(StepSettings):
    url: Annotated[Text, AfterValidator(_address)] = setting(
        label="Address", control="url", help="Like https://shop.example/api/sales",
        max_length=8_000,
    )
    method: Annotated[Method, BeforeValidator(lambda word: str(word).upper())] = setting(
        "GET", label="What to do",
        choices={"GET": "Get", "POST": "Send (POST)", "PUT": "Replace (PUT)",
                 "PATCH": "Change (PATCH)", "DELETE": "Delete (DELETE)", "HEAD": "Look (HEAD)"},
    )
    body_kind: BodyKind = setting(
        "none", label="What to send", choices={"none": "Nothing", "form": "Form fields",
                                               "json": "Data (JSON)", "text": "Text"},
    )
    body: Any = setting(None, label="Content to send", control="json",
                        help="Put values in quotes: {\"total\": \"{{ steps.sales.total }}\"}")
    headers: Annotated[dict[str, Text], AfterValidator(_sendable)] = setting(
        {}, label="Headers", control="key_values", advanced=True, max_length=50,
    )
    query: dict[str, Any] = setting(
        {}, label="Added to the address", control="key_values", advanced=True, max_length=100,
        help="Name and value pairs after the ? in the address",
    )
    accept: Annotated[Text, AfterValidator(_ranges)] = setting(
        "200-299", label="Accept these answers", advanced=True, help="Like 200-299, 404",
        max_length=200,
    )
    read_as: ReadAs = setting(
        "auto", label="Read the answer as", advanced=True,
        choices={"auto": "What it says it is", "json": "Data (JSON)", "text": "Text"},
    )
    timeout_seconds: float = setting(30, label="Time limit in seconds", advanced=True,
                                     ge=0.1, le=3_600, allow_inf_nan=False)
    follow_redirects: bool = setting(False, label="Follow to another address", advanced=True)
    max_bytes: int = setting(payloads.KEPT, label="Largest answer in bytes", advanced=True,
                             ge=1, le=LARGEST)
    if_too_large: Literal["fail", "cut"] = setting(
        "fail", label="If the answer is larger", advanced=True,
        choices={"fail": "Stop with an error", "cut": "Keep the beginning, as text"},
    )
    safe_to_repeat: bool = setting(
        True, label="Safe to repeat", advanced=True,
        help="Turn off when the other side would do it twice if asked twice",
    )

    @model_validator(mode="after")
    def _has_something_to_send(self) -> Self:
        if self.body_kind == "form" and not isinstance(self.body, Mapping):
            raise ValueError("Fill in “Content to send” with names and values.")
        if self.body_kind != "none" and self.body is None:
            raise ValueError("Fill in “Content to send”.")
        if self.body_kind == "none" and self.body not in (None, "", {}):
            raise ValueError("Choose in “What to send” how to send the content.")
        return self

    def call(self, idempotency_key: str) -> Call:
        own = {
            "user-agent": "Carillon", "accept-encoding": "gzip",
            "accept": "application/json" if self.read_as == "json" else "*/*",
            "idempotency-key": idempotency_key,
        }
        given = {name.lower(): value for name, value in self.headers.items()}
        typed = {} if self.body_kind == "none" else {"content-type": _CONTENT_TYPES[self.body_kind]}
        return Call(
            method=self.method, url=self._full_address(), headers=typed | given, own_headers=own,
            content=self._content(), follow_redirects=self.follow_redirects,
            max_bytes=self.max_bytes, may_cut=self.if_too_large == "cut",
        )

    def accepts(self, status: int) -> bool:
        return any(low <= status <= high for low, high in accepted_ranges(self.accept))

    def _full_address(self) -> str:
        url = httpx2.URL(self.url)
        for name, value in self.query.items():
            for item in value if isinstance(value, list) else [value]:
                url = url.copy_add_param(name, as_text(item))
        return str(url)

    def _content(self) -> bytes | None:
        if self.body_kind == "none":
            return None
        if self.body_kind == "json":
            return json.dumps(self.body, ensure_ascii=False, allow_nan=False).encode()
        if self.body_kind == "form":
            pairs = {name: as_text(value) for name, value in self.body.items()}
            return urlencode(pairs).encode()
        return as_text(self.body).encode("utf-8", "replace")


def accepted_ranges(text: str) -> list[tuple[int, int]]:
    ranges = []
    for part in text.split(","):
        found = _RANGE.fullmatch(part.strip())
        if not found:
            raise ValueError("Write accepted answers like 200-299, 404")
        ranges.append((int(found[1]), int(found[2] or found[1])))
    return ranges


def with_parsed_body(written: Mapping[str, Any]) -> Mapping[str, Any]:
    """Parse JSON typed as text before its references are filled.

    A filled value then stays one value, whatever quotes or braces it holds.
    """
    body = written.get("body")
    is_data = written.get("body_kind") in ("json", "form")
    if not is_data or not isinstance(body, str) or is_reference(body):
        return written
    try:
        return {**written, "body": json.loads(body)}
    except (ValueError, RecursionError):
        raise Invalid(
            "“Content to send” is not JSON. Put quotes around names, texts and {{ values }}.",
            field="body",
        ) from None
