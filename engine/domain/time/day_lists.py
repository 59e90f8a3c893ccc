"""Days off as people type them, one line each: a day or a stretch of days, and what it is called."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Final

from engine.domain.errors import Invalid, Problem
from engine.domain.words import MONTHS

_LONGEST: Final = timedelta(days=366)
_MOST_DAYS: Final = 5_000
_MOST_TOLD: Final = 10
_UNREADABLE: Final = "days.unreadable"
_YEARS: Final = range(2000, 2101)
_DAY: Final = r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}\.\d{1,2}\.\d{4}|\d{1,2}\.? [A-Za-z]{3,9} \d{4}"
_LINE: Final = re.compile(rf"({_DAY})(?:\s*(?:to|until|–|-)\s*({_DAY}))?(?:[\s,:;–-]+(.*))?", re.ASCII)
_MONTHS: Final = {name[:3].lower(): number for number, name in enumerate(MONTHS, 1)}


def parse_days(text: str, *, field: str = "days") -> dict[date, str]:
    """Read lines like "2026-12-24 Christmas Eve" and "24.12.2026 to 31.12.2026 Closed".

    Raises `Invalid` with one problem for each line that can't be read.
    """
    found: dict[date, str] = {}
    problems: list[Problem] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            found |= _line(line.strip())
        except ValueError as error:
            problems.append(Problem(f"Line {number}: {error}", field, _UNREADABLE))
        if len(found) > _MOST_DAYS:
            raise Invalid(f"Enter {_MOST_DAYS:,} days or fewer.", field=field)
    if problems:
        raise Invalid(problems=_the_first(problems, field))
    return dict(sorted(found.items()))


def write_days(days: Mapping[str, str]) -> str:
    """Write stored days as lines; days in a row of the same name become one line."""
    lines = ((str(first) if first == last else f"{first} to {last}", name)
             for first, last, name in _stretches(days))
    return "\n".join(f"{when} {name}".rstrip() for when, name in lines)


def _the_first(problems: list[Problem], field: str) -> list[Problem]:
    left = len(problems) - _MOST_TOLD
    if left <= 0:
        return problems
    return [*problems[:_MOST_TOLD], Problem(f"And {left:,} more lines can't be read.", field, _UNREADABLE)]


def _line(line: str) -> dict[date, str]:
    read = _LINE.fullmatch(line)
    if read is None:
        raise ValueError(f"“{line[:60]}” does not begin with a day. Write it like 2026-12-24 Christmas Eve.")
    first, name = _day(read[1]), (read[3] or "").strip()
    last = _day(read[2]) if read[2] else first
    if not timedelta() <= last - first <= _LONGEST:
        raise ValueError(f"“{read[2]}” must come after “{read[1]}”, by a year at most.")
    return {first + timedelta(days=number): name for number in range((last - first).days + 1)}


def _day(text: str) -> date:
    parts = re.split(r"[-. ]+", text)
    if not re.fullmatch(r"\d{4}", parts[0]):
        parts.reverse()
    month = _MONTHS.get(parts[1][:3].lower(), 0) if parts[1].isalpha() else int(parts[1])
    try:
        found = date(int(parts[0]), month, int(parts[2]))
    except ValueError:
        raise ValueError(f"“{text}” is a day that does not exist.") from None
    if found.year not in _YEARS:
        raise ValueError(f"“{text}” is too far away. Use years from {_YEARS[0]} to {_YEARS[-1]}.")
    return found


def _stretches(days: Mapping[str, str]) -> Iterator[tuple[date, date, str]]:
    run: tuple[date, date, str] | None = None
    for day, name in sorted((date.fromisoformat(written), name) for written, name in days.items()):
        if run and run[2] == name and day - run[1] == timedelta(days=1):
            run = (run[0], day, name)
            continue
        if run:
            yield run
        run = (day, day, name)
    if run:
        yield run
