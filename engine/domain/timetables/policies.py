"""What to do when a due time meets trouble, as a document and as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from engine.domain.data import fields
from engine.domain.time.durations import format_duration, parse_duration

_KEYS: Final = ("missed", "overlap", "too_late", "fail_pause")
_MISSED: Final = ("once", "skip", "all", "ask")
_OVERLAP: Final = ("skip", "queue", "allow", "replace")
_MOST_CAUGHT_UP: Final = 1_000
_MOST_WAITING: Final = 100
_MOST_FAILURES: Final = 1_000


@dataclass(frozen=True)
class Missed:
    """`within` limits `once`; `limit` and `pace` (time between starts) limit `all`."""

    rule: str = "once"
    within: timedelta = timedelta(hours=6)
    limit: int = 10
    pace: timedelta = timedelta(minutes=1)


@dataclass(frozen=True)
class Overlap:
    """`limit` is how many may wait in line with `queue`."""

    rule: str = "skip"
    limit: int = 3


@dataclass(frozen=True)
class Policies:
    """`too_late` None: never too late. `fail_pause` None: never pause."""

    missed: Missed = Missed()
    overlap: Overlap = Overlap()
    too_late: timedelta | None = None
    fail_pause: int | None = 5


def read_policies(value: Any) -> Policies:
    part = fields.group({} if value is None else value, "policies", _KEYS)
    late, failures = part.get("too_late"), part.get("fail_pause", Policies.fail_pause)
    return Policies(
        _missed(_spelled_out(part.get("missed", {}))),
        _overlap(_spelled_out(part.get("overlap", {}))),
        None if late is None else parse_duration(late, field="policies.too_late"),
        None if failures is None else fields.number(
            failures, "policies.fail_pause", 1, _MOST_FAILURES, "Failures in a row"),
    )


def write_policies(policies: Policies) -> dict[str, Any]:
    missed, overlap = policies.missed, policies.overlap
    return {
        "missed": {"rule": missed.rule, "within": format_duration(missed.within),
                   "limit": missed.limit, "pace": format_duration(missed.pace)},
        "overlap": {"rule": overlap.rule, "limit": overlap.limit},
        "too_late": format_duration(policies.too_late) if policies.too_late else None,
        "fail_pause": policies.fail_pause,
    }


def _spelled_out(value: Any) -> Any:
    return {"rule": value} if isinstance(value, str) else value


def _missed(value: Any) -> Missed:
    field = "policies.missed"
    part: Mapping[str, Any] = fields.group(value, field, ("rule", "within", "limit", "pace"))
    return Missed(
        fields.one_of(part.get("rule", Missed.rule), f"{field}.rule", _MISSED),
        parse_duration(part.get("within", "6h"), field=f"{field}.within"),
        fields.number(part.get("limit", Missed.limit), f"{field}.limit", 1, _MOST_CAUGHT_UP),
        parse_duration(part.get("pace", "1m"), field=f"{field}.pace"),
    )


def _overlap(value: Any) -> Overlap:
    field = "policies.overlap"
    part: Mapping[str, Any] = fields.group(value, field, ("rule", "limit"))
    return Overlap(
        fields.one_of(part.get("rule", Overlap.rule), f"{field}.rule", _OVERLAP),
        fields.number(part.get("limit", Overlap.limit), f"{field}.limit", 1, _MOST_WAITING),
    )
