"""Hiding what looks like a secret before it reaches history."""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote, quote_plus

from engine.domain.data.plain import in_texts

MASK: Final = "••••"
_TELLING: Final = (
    "authorization", "cookie", "password", "passwd", "passphrase", "secret", "token", "apikey", "accesskey",
    "privatekey", "credential",
)
# Most texts hold nothing of the kind, and are told apart at a glance.
_HINT: Final = re.compile(
    "authorization|cookie|password|passwd|passphrase|secret|token|api[-_]?key|access[-_]?key|private[-_]?key"
    "|bearer|basic|@", re.IGNORECASE,
)
# Every pattern has a bounded reach, so that a long text takes no longer than its length.
_IN_TEXT: Final = (
    (re.compile(r"((?:authorization|cookie)[\"']?[ \t]{0,4}[:=][ \t]{0,4})[^\r\n]{1,4000}", re.IGNORECASE),
     rf"\1{MASK}"),
    (re.compile(r"\b(bearer|basic)[ \t]{1,4}(?=[a-z.~]{0,200}[\d=_+/-])[\w.~+/=-]{6,4000}", re.IGNORECASE),
     rf"\1 {MASK}"),
    (re.compile(
        r"((?:password|passwd|passphrase|secret|token|api[-_]?key|access[-_]?key|private[-_]?key)"
        r"[\w-]{0,40}[\"']?[ \t]{0,4}(?:=|:(?!//))[ \t]{0,4}[\"']?)(?!•)[^\s\"'&,;}<]{1,4000}", re.IGNORECASE,
    ), rf"\1{MASK}"),
    (re.compile(r"(://)[^/\s@:]{0,200}:[^/\s@]{1,200}@"), rf"\1{MASK}@"),
)
_SHORTEST: Final = 4
_SCHEME: Final = re.compile(r"(?:bearer|basic|token|digest)\s+", re.IGNORECASE)


def masked(value: Any) -> Any:
    """Return `value` with dots for everything filed under a telling name, and for secrets inside texts."""
    if isinstance(value, Mapping):
        return {key: MASK if tells(str(key)) and item else masked(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [masked(item) for item in value]
    return masked_text(value) if isinstance(value, str) else value


def masked_text(text: str) -> str:
    """Return `text` without the secrets one can tell by what stands before them."""
    if len(text) < _SHORTEST or _HINT.search(text) is None:
        return text
    for pattern, instead in _IN_TEXT:
        text = pattern.sub(instead, text)
    return text


def unmasked(given: Any, stored: Any) -> Any:
    """Return `given` with what is `stored` in its place wherever it is what people are shown of that."""
    return _unmasked(given, Secrets(stored).mask(stored), stored)


@lru_cache(maxsize=2_000)
def tells(name: str) -> bool:
    """Whether what is filed under this name is a secret."""
    plain = name.lower().replace("-", "").replace("_", "").replace(" ", "")
    return any(word in plain for word in _TELLING)


class Secrets:
    """The secrets in a step's settings, or in what a run began with: hidden wherever they turn up again,
    however written."""

    def __init__(self, settings: Any) -> None:
        known = {form for secret in _filed(settings) for form in _forms(secret)}
        self._known = sorted(known, key=len, reverse=True)

    def hide(self, value: Any) -> Any:
        """Return `value` with dots for every known secret in it."""
        return in_texts(value, self.hide_in) if self._known else value

    def mask(self, value: Any) -> Any:
        """Return `value` as `masked` does, and without the known secrets."""
        return self.hide(masked(value))

    def hide_in(self, text: str) -> str:
        for secret in self._known:
            text = text.replace(secret, MASK)
        return text


def _unmasked(given: Any, shown: Any, stored: Any) -> Any:
    if isinstance(given, str):
        return stored if given == shown else given
    if isinstance(given, Mapping) and isinstance(shown, Mapping):
        return {key: _unmasked(item, shown[key], stored[key]) if key in shown else item
                for key, item in given.items()}
    if isinstance(given, list) and isinstance(shown, list):
        known = [_unmasked(*each) for each in zip(given, shown, stored, strict=False)]
        return known + given[len(known):]
    return given


def _filed(value: Any, *, secret: bool = False) -> Iterator[str]:
    """Go through the texts filed under telling names, however deep."""
    if isinstance(value, str) and secret:
        yield value
        yield from _SCHEME.split(value)[1:]
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _filed(item, secret=secret or tells(str(key)))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _filed(item, secret=secret)


def _forms(secret: str) -> Iterator[str]:
    """The ways a secret is written elsewhere; what is very short would hide half of any text."""
    raw = secret.strip()
    if len(raw) < _SHORTEST:
        return
    yield raw
    yield quote(raw, safe="")
    yield quote_plus(raw)
    yield json.dumps(raw)[1:-1]
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(raw.encode("utf-8", "replace")).decode().rstrip("=")
