"""Calls to the web address of a start: their secret, their signature, and what they bring."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from engine.domain.data import plain
from engine.domain.errors import Forbidden, Invalid

WINDOW: Final = timedelta(minutes=5)
TIMESTAMP: Final = "X-Carillon-Timestamp"
SIGNATURE: Final = "X-Carillon-Signature"
# What a sender calls one delivery; the same again gives the same run.
KEYS: Final = ("Idempotency-Key", "Webhook-Id", "X-GitHub-Delivery")
# Headers a workflow may read. None of them lets anybody in anywhere.
_PASSED_ON: Final = frozenset({
    "content-type", "user-agent", "x-request-id", "x-event-key", "x-gitlab-event",
    *(key.lower() for key in KEYS), "x-github-event",
})
_LONGEST_KEY: Final = 200


class Headers(Protocol):
    """What a web server calls headers."""

    def get(self, name: str, default: str, /) -> str: ...


class Refused(Forbidden):
    """This call is not signed as it must be."""

    code = "signature"


@dataclass(frozen=True)
class Call:
    """`key` is what its sender calls it; `digest` stands for its signature, which counts once."""

    trigger_id: str
    given: Mapping[str, Any]
    key: str | None = None
    digest: str | None = None


def secret_of(installation_key: str, trigger_id: str, generation: int) -> str:
    """Return the secret of a start. It is stored nowhere: the next generation ends it."""
    if not installation_key or generation < 1:
        raise Refused("This address has no secret yet, so it takes no calls.")
    text = f"webhook/{trigger_id}/{generation}".encode()
    digest = hmac.digest(installation_key.encode(), text, "sha256")
    return "whs_" + urlsafe_b64encode(digest).decode().rstrip("=")


def sign(secret: str, timestamp: str, body: bytes) -> str:
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, "sha256").hexdigest()


def check_signature(secret: str, timestamp: str, signature: str, body: bytes, at: datetime) -> str:
    """Return what stands for this signature; raises `Refused` for a wrong or an old one."""
    if not timestamp or not signature:
        raise Refused(f"This address takes signed calls only. Send {TIMESTAMP} and {SIGNATURE}.")
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 11):
        raise Refused(f"{TIMESTAMP} must be the seconds since 1970, like 1767225600.")
    expected = sign(secret, timestamp, body)
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise Refused("The signature does not match this body and time.")
    if abs(at.timestamp() - int(timestamp)) > WINDOW.total_seconds():
        raise Refused("This call was signed more than 5 minutes ago, or its sender's clock is wrong.")
    return hashlib.sha256(expected.encode()).hexdigest()


def key_of(headers: Headers) -> str | None:
    """Return what the sender calls this delivery."""
    for name in KEYS:
        if key := headers.get(name, "").strip():
            if len(key) > _LONGEST_KEY or not key.isprintable():
                raise Invalid(f"{name} can have {_LONGEST_KEY} plain characters.", field=name)
            return key
    return None


def inputs_of(
    constant: Mapping[str, Any], body: Any, headers: Iterable[tuple[str, str]], query: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what the run starts with: what the start always gives, and the call."""
    passed = {name.lower(): value for name, value in headers if name.lower() in _PASSED_ON}
    given = {**constant, "body": body, "headers": passed, "query": dict(query)}
    if sentence := plain.objection(given):
        raise Invalid(sentence, field="body")
    return given
