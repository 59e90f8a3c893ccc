"""Conditions as data: a value, a comparison word, a value. Nothing is evaluated."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.domain.data.references import did_you_mean
from engine.domain.data.values import as_moment, as_number, as_text, mismatch, number_or_none, shown
from engine.domain.errors import StepFailed


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison word: what people read, and whether it needs something on its right."""

    word: str
    label: str
    holds: Callable[[Any, Any, str], bool]
    needs_right: bool = True


def holds(left: Any, word: str, right: Any = None, *, timezone: str = "UTC") -> bool:
    """Answer one condition; dates without a zone are meant in `timezone`."""
    comparison = COMPARISONS.get(word)
    if comparison is None:
        raise StepFailed(
            f"There is no comparison “{word}”.{did_you_mean(word, COMPARISONS)}",
            error_class="logic", code="data.type",
        )
    return comparison.holds(left, right, timezone)


def in_words(left: Any, word: str, right: Any = None) -> str:
    """Say a condition as a sentence part: “3” is more than “0”."""
    comparison = COMPARISONS.get(word)
    label = comparison.label if comparison else word
    if comparison and not comparison.needs_right:
        return f"{shown(left)} {label}"
    wanted = " and ".join(map(shown, right)) if isinstance(right, list) else shown(right)
    return f"{shown(left)} {label} {wanted}"


def _is(left: Any, right: Any, _zone: str) -> bool:
    number, other = number_or_none(left), number_or_none(right)
    if number is not None and other is not None:
        return number == other
    if isinstance(left, (list, Mapping)) and isinstance(right, (list, Mapping)):
        return left == right
    return as_text(left) == as_text(right)


def _contains(left: Any, right: Any, zone: str) -> bool:
    if isinstance(left, list):
        return any(_is(item, right, zone) for item in left)
    if isinstance(left, Mapping):
        return as_text(right) in left
    return as_text(right) in as_text(left)


def _is_empty(left: Any, _right: Any, _zone: str) -> bool:
    return not left.strip() if isinstance(left, str) else left is None or left in ([], {})


def _between(left: Any, right: Any, _zone: str) -> bool:
    if not isinstance(right, list) or len(right) != 2:
        raise mismatch(right, "a pair of numbers, like [1, 10]")
    return as_number(right[0]) <= as_number(left) <= as_number(right[1])


def _has_more_than(left: Any, right: Any, _zone: str) -> bool:
    if not isinstance(left, list):
        raise mismatch(left, "a list")
    return len(left) > as_number(right)


_ALL: Final = (
    Comparison("is", "is", _is),
    Comparison("is_not", "is not", lambda a, b, zone: not _is(a, b, zone)),
    Comparison("contains", "contains", _contains),
    Comparison("not_contains", "does not contain", lambda a, b, zone: not _contains(a, b, zone)),
    Comparison(
        "starts_with", "starts with", lambda a, b, _: as_text(a).startswith(as_text(b))
    ),
    Comparison("ends_with", "ends with", lambda a, b, _: as_text(a).endswith(as_text(b))),
    Comparison("is_empty", "is empty", _is_empty, needs_right=False),
    Comparison(
        "is_not_empty", "is not empty", lambda a, b, zone: not _is_empty(a, b, zone),
        needs_right=False,
    ),
    Comparison("more_than", "is more than", lambda a, b, _: as_number(a) > as_number(b)),
    Comparison("at_least", "is at least", lambda a, b, _: as_number(a) >= as_number(b)),
    Comparison("less_than", "is less than", lambda a, b, _: as_number(a) < as_number(b)),
    Comparison("at_most", "is at most", lambda a, b, _: as_number(a) <= as_number(b)),
    Comparison("between", "is between", _between),
    Comparison("has_more_than", "has more items than", _has_more_than),
    Comparison("before", "is before", lambda a, b, z: as_moment(a, z) < as_moment(b, z)),
    Comparison("after", "is after", lambda a, b, z: as_moment(a, z) > as_moment(b, z)),
)
COMPARISONS: Final = {comparison.word: comparison for comparison in _ALL}
