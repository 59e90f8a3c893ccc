"""How much of what goes in and out of a step is kept; what is too much is cut, and a note says so."""

import json
from collections.abc import Mapping
from typing import Any, Final

from engine.domain.data.sizes import size_words

KEPT: Final = 10_000_000
SHOWN: Final = 256_000
LINE: Final = 20_000
_CUT: Final = " … (cut)"
_LEAST: Final = 16
_DEEPEST: Final = 100
_ROOMY: Final = 20_000
_FEW, _SHORT, _MANY, _HUGE = 7, 100, 1_000, 10**18


def capped(value: Any, limit: int = KEPT) -> tuple[Any, str | None]:
    """Return what of `value` fits into `limit` bytes of JSON, and a note when something was left out.

    Texts and lists lose their end. Among fields the large ones give way, so that small ones stay whole.
    """
    if (limit >= _ROOMY and _is_small(value)) or (size := size_of(value)) <= limit:
        return value, None
    was = size_words(size) if size_words(size) != size_words(limit) else f"{size - limit:,} bytes more"
    return _fitted(value, limit, 0), f"Cut to {size_words(limit)}. It was {was}."


def line(text: str, limit: int = LINE) -> str:
    """Return `text` as one entry of a log; what is too long ends with a note."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]} … (cut, {size_words(len(text) - limit)} more)"


def size_of(value: Any) -> int:
    """Return how many bytes `value` takes as JSON."""
    return len(json.dumps(value, separators=(",", ":")))


def _is_small(value: Any) -> bool:
    """Whether a glance is enough: most steps give a few short fields."""
    if not isinstance(value, dict) or len(value) > _FEW:
        return False
    return all(
        len(key) < _SHORT and (
            item is None or isinstance(item, (bool, float))
            or (isinstance(item, str) and len(item) < _SHORT)
            or (isinstance(item, int) and -_HUGE < item < _HUGE)
        ) for key, item in value.items()
    )


def _fitted(value: Any, room: int, depth: int) -> Any:
    if size_of(value) <= room:
        return value
    if room < _LEAST or depth > _DEEPEST:
        return None
    if isinstance(value, str):
        return _text(value, room)
    if isinstance(value, Mapping):
        return _fields(value, room, depth)
    if isinstance(value, (list, tuple)):
        return _items(value, room, depth)
    return None


def _text(text: str, room: int) -> str:
    """A character may take up to twelve bytes of JSON, so the cut is looked for by halves."""
    kept = room - len(json.dumps(_CUT))
    while kept > 0 and size_of(text[:kept] + _CUT) > room:
        kept //= 2
    return text[:max(kept, 0)] + _CUT


def _items(items: list[Any] | tuple[Any, ...], room: int, depth: int) -> list[Any]:
    """Look at many at a time first: asking each of a million would take seconds."""
    count, left = 0, room - 2
    for step in (_MANY, 1):
        while count < len(items) and (size := size_of(items[count:count + step])) <= left:
            count += step
            left -= size
    return list(items[:count]) or [_fitted(items[0], left, depth + 1)]


def _fields(fields: Mapping[str, Any], room: int, depth: int) -> dict[str, Any]:
    """Share the room out, the smallest field first; the order of the fields stays."""
    left = room - 2
    kept: dict[str, Any] = {}
    by_size = sorted(fields, key=lambda name: size_of(fields[name]))
    for index, name in enumerate(by_size):
        named = size_of(str(name)) + 2
        value = _fitted(fields[name], left // (len(by_size) - index) - named, depth + 1)
        size = size_of(value) + named
        if size <= left:
            kept[name] = value
            left -= size
    return {name: kept[name] for name in fields if name in kept}
