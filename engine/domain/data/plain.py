"""Plain data: what JSON can hold and every database can keep, in reasonable amounts."""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeVar

T = TypeVar("T")

MAX_DEPTH: Final = 40
MAX_CHARACTERS: Final = 500_000


def objection(value: Any) -> str | None:
    """Say what keeps `value` from being stored; None when nothing does."""
    characters = 0
    for item, depth in _walk(value):
        if depth > MAX_DEPTH:
            return f"This is nested more than {MAX_DEPTH} levels deep. Make it flatter."
        characters += len(item) + 4 if isinstance(item, str) else 4
        if characters > MAX_CHARACTERS:
            return f"This is too large: {MAX_CHARACTERS:,} characters at most."
        if sentence := _unfit(item):
            return sentence
    return None


def storable(value: T) -> T:
    """Hand `value` on when it can be stored; for models, which turn `ValueError` into a problem."""
    if sentence := objection(value):
        raise ValueError(sentence)
    return value


def in_texts(value: Any, change: Callable[[str], str]) -> Any:
    """Return `value` with every text in it, but for names of fields, as `change` makes it."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: in_texts(item, change) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [in_texts(item, change) for item in value]
    return value


def _walk(value: Any) -> Iterator[tuple[Any, int]]:
    """Visit every value and key without recursion, whatever the depth."""
    open_items = [(value, 0)]
    while open_items:
        item, depth = open_items.pop()
        yield item, depth
        if depth > MAX_DEPTH:
            continue
        if isinstance(item, Mapping):
            open_items += [(part, depth + 1) for pair in item.items() for part in pair]
        elif isinstance(item, list):
            open_items += [(part, depth + 1) for part in item]


def _unfit(item: Any) -> str | None:
    if isinstance(item, str):
        if "\0" in item or any("\ud800" <= mark <= "\udfff" for mark in item):
            return "A text holds a character that can't be stored. Remove it."
        return None
    if isinstance(item, float) and not math.isfinite(item):
        return "A number must be finite."
    if item is None or isinstance(item, (bool, int, float, list, Mapping)):
        return None
    return f"{item} can't be stored as it is. Put it in quotes."
