"""One step into a value: a field, a place in a list, or a column of a list."""

from collections.abc import Mapping
from typing import Any, Final

from engine.domain.data.stand_ins import StandIn

NOTHING: Final = object()
"""Answers a look-up that found nothing; None is a value like any other."""


def inside(value: Any, segment: str | int) -> Any:
    """Look up `segment` in `value`, or answer `NOTHING`."""
    if isinstance(value, Mapping):
        return value.get(segment, value.get(str(segment), NOTHING))
    if isinstance(value, list):
        return _inside_list(value, segment)
    return value.inside(segment) if isinstance(value, StandIn) else NOTHING


def along(value: Any, path: str) -> Any:
    """Look up a dotted path; a field whose own name has dots comes first."""
    if isinstance(value, Mapping) and path in value:
        return value[path]
    for segment in path.split("."):
        value = inside(value, as_segment(segment))
        if value is NOTHING:
            return NOTHING
    return value


def as_segment(word: str) -> str | int:
    """Digits are a place in a list, counted from 0."""
    return int(word) if word.isascii() and word.isdigit() and len(word) <= 9 else word


def _inside_list(items: list[Any], segment: str | int) -> Any:
    if segment == "count":
        return len(items)
    if segment in ("first", "last"):
        return items[0 if segment == "first" else -1] if items else NOTHING
    if isinstance(segment, int):
        return items[segment] if segment < len(items) else NOTHING
    column = [item.get(segment, NOTHING) for item in items if isinstance(item, Mapping)]
    if items and all(item is NOTHING for item in column):
        return items[0].inside(segment) if isinstance(items[0], StandIn) else NOTHING
    return [None if item is NOTHING else item for item in column]
