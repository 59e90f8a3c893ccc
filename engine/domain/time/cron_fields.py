"""The five parts of a cron expression, read the way Debian's cron reads them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engine.domain.errors import Invalid

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_ONE: Final = "([0-9]{1,4}|[a-z]{3})"
_PIECE: Final = re.compile(rf"(?:(\*)|{_ONE}(?:-{_ONE})?)(?:/([0-9]{{1,4}}))?", re.ASCII)
_SUNDAY_AT_THE_END: Final = 7


@dataclass(frozen=True)
class Part:
    """One place in the expression with its range and the names it knows."""

    label: str
    low: int
    high: int
    names: Sequence[str] = ()


PARTS: Final = (
    Part("Minute", 0, 59),
    Part("Hour", 0, 23),
    Part("Day", 1, 31),
    Part("Month", 1, 12, ("", *_MONTHS)),
    Part("Day of the week", 0, _SUNDAY_AT_THE_END, _WEEKDAYS),
)


def parse_part(text: str, part: Part) -> tuple[int, ...]:
    """Every value `text` stands for, sorted; Sunday is 0."""
    values: set[int] = set()
    for piece in text.lower().split(","):
        values.update(_piece(piece, part))
    if part.high == _SUNDAY_AT_THE_END:
        values = {value % _SUNDAY_AT_THE_END for value in values}
    return tuple(sorted(values))


def _piece(piece: str, part: Part) -> range:
    read = _PIECE.fullmatch(piece)
    if read is None:
        raise _refused(_unreadable(piece, part))
    star, first, last, step = read.groups()
    if step and not (star or last):
        raise _refused(f'{part.label} "{piece}" needs a range: write {first}-{part.high}/{step}')
    if step and int(step) == 0:
        raise _refused(f"{part.label} can't go in steps of 0. Use 1 or more")
    low, high = (part.low, part.high) if star else _range(first, last or first, part)
    return range(low, high + 1, int(step or 1))


def _range(first: str, last: str, part: Part) -> tuple[int, int]:
    low, high = _number(first, part), _number(last, part)
    if last == "sun" and low > high:
        high = _SUNDAY_AT_THE_END
    if low > high:
        raise _refused(
            f'{part.label} "{first}-{last}" runs backwards. Write {first}-{part.high},{part.low}-{last}'
        )
    return low, high


def _number(text: str, part: Part) -> int:
    if not text.isdigit() and text not in part.names:
        raise _refused(_unreadable(text, part))
    value = int(text) if text.isdigit() else part.names.index(text)
    if not part.low <= value <= part.high:
        raise _refused(f"{part.label} must be between {part.low} and {part.high}. Yours says {value}")
    return value


def _unreadable(piece: str, part: Part) -> str:
    if piece == "?":
        return f'{part.label} can\'t be "?". Write * for every one'
    if not piece:
        return f"{part.label} has a comma with nothing beside it"
    if re.search("[lw#]", piece) and part.label.startswith("Day"):
        return f'{part.label} can\'t be "{piece[:20]}". For days like the last Friday choose "Every month"'
    return f'{part.label} can\'t be "{piece[:20]}". Use numbers, *, commas, 1-5 or */15'


def _refused(message: str) -> Invalid:
    return Invalid(message, field="cron", code="cron.part")
