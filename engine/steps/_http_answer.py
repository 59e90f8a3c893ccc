"""Reading an HTTP answer: refused statuses, JSON or text, and a list of rows."""

import codecs
import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final, Literal

from engine.domain.data.masking import masked_text
from engine.domain.errors import StepFailed
from engine.steps._http import Answer
from engine.steps._network import Exchange

ReadAs = Literal["auto", "json", "text"]
_DEEPEST: Final = 60
_LONGEST_PAUSE: Final = timedelta(days=1)
# These decoders are not for web pages, and some take forever on a long text.
_ODD_CHARSETS: Final = ("idna", "punycode", "unicode_escape", "raw_unicode_escape", "utf-7")
_SECRET_HEADERS: Final = ("set-cookie", "www-authenticate", "proxy-authenticate")
_REFUSALS: Final[dict[int, tuple[str, str, str]]] = {
    401: ("auth", "http.401", "{host} did not accept the sign-in (401)."),
    403: ("auth", "http.403", "{host} does not allow this (403)."),
    404: ("data", "http.404", "{host} has no such page (404)."),
    408: ("transient", "http.4xx", "{host} gave up waiting for us (408)."),
    425: ("transient", "http.4xx", "{host} was not ready yet (425)."),
    429: ("limit", "http.429", "{host} asked us to slow down (429)."),
}
_FAMILIES: Final[dict[int, tuple[str, str, str]]] = {
    3: ("logic", "http.3xx", "{host} sent us on to another address ({status})."),
    4: ("data", "http.4xx", "{host} did not accept what we sent ({status})."),
    5: ("transient", "http.5xx", "{host} has a problem of its own ({status})."),
}
_UNWANTED: Final = ("data", "http.status", "{host} answered {status}, which is not accepted here.")


def refusal(answer: Answer, exchange: Exchange, at: datetime) -> StepFailed:
    """The failure for a status that was not accepted."""
    kind = _REFUSALS.get(answer.status) or _FAMILIES.get(answer.status // 100) or _UNWANTED
    error_class, code, sentence = kind
    failure = exchange.failed(
        sentence.format(host=exchange.host, status=answer.status), error_class, code,
        status=answer.status, url=masked_text(answer.url), answer=text_of(answer)[:1_000],
        location=answer.headers.get("location", ""),
    )
    failure.retry_after = _retry_after(answer, at)
    return failure


def contents(answer: Answer, read_as: ReadAs, exchange: Exchange) -> Any:
    """The answer as parsed JSON or as text, safe to store as JSON either way; what was cut is text."""
    text = text_of(answer)
    if answer.is_cut:
        return text
    is_json = "json" in answer.headers.get("content-type", "").partition(";")[0].lower()
    if read_as == "text" or (read_as == "auto" and not is_json) or not (text or read_as == "json"):
        return text
    try:
        return _clean(json.loads(text, parse_constant=_not_json), _DEEPEST)
    except (ValueError, RecursionError) as error:
        raise exchange.failed(
            f"The answer of {exchange.host} is not data (JSON) we can read.", "data", "data.parse",
            answer=text[:1_000], content_type=answer.headers.get("content-type", ""),
        ) from error


def rows_of(data: Any) -> list[Any]:
    """The list in an answer: itself, or the only list among its fields."""
    if isinstance(data, list):
        return data
    fields = data.values() if isinstance(data, Mapping) else ()
    lists = [value for value in fields if isinstance(value, list)]
    return lists[0] if len(lists) == 1 else []


def headers_of(answer: Answer) -> dict[str, str]:
    return {
        name: "••••" if name in _SECRET_HEADERS else _clean_text(value)
        for name, value in answer.headers.items()
    }


def text_of(answer: Answer) -> str:
    charset = answer.charset or "utf-8"
    try:
        if codecs.lookup(charset).name not in _ODD_CHARSETS:
            return _clean_text(answer.body.decode(charset, errors="replace"))
    except (LookupError, ValueError):
        pass  # a charset nobody knows, or one that is no charset
    return _clean_text(answer.body.decode("utf-8", errors="replace"))


def _clean(value: Any, deepest: int) -> Any:
    """Take out what JSON text allows but databases and pages choke on."""
    if deepest == 0:
        raise RecursionError("nested too deeply")
    if isinstance(value, str):
        return _clean_text(value)
    if isinstance(value, list):
        return [_clean(item, deepest - 1) for item in value]
    if isinstance(value, dict):
        return {_clean_text(name): _clean(item, deepest - 1) for name, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _clean_text(text: str) -> str:
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8", "replace")


def _not_json(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def _retry_after(answer: Answer, at: datetime) -> timedelta | None:
    """How long the other side asked us to wait: in seconds, or until a moment."""
    asked = answer.headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdigit():
        return min(timedelta(seconds=int(asked[:9])), _LONGEST_PAUSE)
    try:
        moment = parsedate_to_datetime(asked)
    except (ValueError, OverflowError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(aware - at, timedelta(0)), _LONGEST_PAUSE)
