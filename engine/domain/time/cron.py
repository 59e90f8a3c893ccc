"""Cron expressions with exactly the meaning they have in Debian's cron."""

import copy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import Final

from croniter import CroniterBadDateError, croniter

from engine.domain.errors import Invalid
from engine.domain.time.clock_changes import ClockChange, check_year, instants
from engine.domain.time.cron_fields import PARTS, parse_part
from engine.domain.words import MONTHS

_LONGEST_TEXT: Final = 200
_NICKNAMES: Final = {
    "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
}
_PART_NAMES: Final = ("minute", "hour", "day", "month", "day of the week")
_LONGEST_MONTHS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_MINUTE: Final = timedelta(minutes=1)
_BY_THE_CLOCK: Final = ClockChange(forward="skip", back="both")


@dataclass(frozen=True)
class Cron:
    """A parsed expression; two are equal when their text is."""

    text: str
    minutes: tuple[int, ...] = field(compare=False)
    hours: tuple[int, ...] = field(compare=False)
    days: tuple[int, ...] = field(compare=False)
    months: tuple[int, ...] = field(compare=False)
    weekdays: tuple[int, ...] = field(compare=False)

    @property
    def parts(self) -> list[str]:
        return _NICKNAMES.get(self.text, self.text).split()

    @property
    def either_day(self) -> bool:
        """Both day parts are given, and a day that fits one of them is enough."""
        return not any(self.parts[index].startswith("*") for index in (2, 4))

    @property
    def clock_change(self) -> ClockChange:
        """A `*` in minute or hour means "as the clock shows", else each time comes once."""
        starred = any(part.startswith("*") for part in self.parts[:2])
        return _BY_THE_CLOCK if starred else ClockChange()

    def first(self, local: datetime) -> datetime | None:
        """The earliest fitting local time at or after `local`, looking 50 years ahead."""
        start = local.replace(second=0, microsecond=0)
        if start == local:
            start -= _MINUTE
        # A copy, because asking moves the engine and several threads share the cached one.
        engine = copy.copy(_engine(self))
        try:
            return engine.get_next(datetime, start_time=start)
        except CroniterBadDateError:
            return None


@lru_cache(maxsize=4096)
def parse_cron(text: str) -> Cron:
    """Read an expression; `Invalid` names the part that can't be used, or why it never fires."""
    if not isinstance(text, str) or not text.strip():
        raise _refused("Enter a cron expression, like 0 9 * * 1-5", "cron")
    if len(text) > _LONGEST_TEXT:
        raise _refused(f"A cron expression can have {_LONGEST_TEXT} characters", "cron")
    written = " ".join(re.split(r"[ \t]+", text.strip()))
    parts = _NICKNAMES.get(written, written).split(" ")
    _check_count(written, parts)
    cron = Cron(written, *(parse_part(part, place) for part, place in zip(parts, PARTS, strict=True)))
    _check_fires(cron)
    return cron


def next_times(expression: str, timezone: str, start: datetime, count: int) -> list[datetime]:
    """The next `count` moments strictly after `start`, aware and in UTC."""
    check_year(start, "start")
    return list(islice(times(parse_cron(expression), timezone, start), count))


def times(cron: Cron, timezone: str, after: datetime) -> Iterator[datetime]:
    return instants(cron.first, timezone, after, cron.clock_change)


@lru_cache(maxsize=4096)
def _engine(cron: Cron) -> croniter:
    return croniter(_spelled_out(cron), datetime(2000, 1, 1), day_or=cron.either_day)  # noqa: DTZ001


def _spelled_out(cron: Cron) -> str:
    """The expression as plain lists, which leave nothing to interpret."""
    days, weekdays = _listed(cron.days, 31), _listed(cron.weekdays, 7)
    if cron.either_day and "*" in (days, weekdays):
        days = weekdays = "*"
    return " ".join([
        _listed(cron.minutes, 60), _listed(cron.hours, 24), days, _listed(cron.months, 12), weekdays,
    ])


def _listed(values: tuple[int, ...], full: int) -> str:
    return "*" if len(values) == full else ",".join(map(str, values))


def _check_count(written: str, parts: list[str]) -> None:
    if written.startswith("@") and len(parts) == 1:
        raise _refused(f'"{written[:20]}" is not known. Use {", ".join(_NICKNAMES)} or 5 parts', "cron.name")
    count, wanted = len(parts), len(PARTS)
    if count == wanted:
        return
    start = f"A cron expression has {wanted} parts. This one has {count}"
    if count > wanted:
        raise _refused(f"{start}. Leave out seconds and years", "cron.count")
    given = ", ".join(_PART_NAMES[:count])
    missing = " and ".join(f"the {name}" for name in _PART_NAMES[count:])
    verb = "is" if wanted - count == 1 else "are"
    raise _refused(f"{start}: {given} – {missing} {verb} missing", "cron.count")


def _check_fires(cron: Cron) -> None:
    if cron.either_day:
        return
    if any(day <= _LONGEST_MONTHS[month - 1] for month in cron.months for day in cron.days):
        return
    names = [f"{day} {MONTHS[month - 1]}" for month in cron.months for day in cron.days][:3]
    verb = "happens" if len(names) == 1 else "happen"
    raise _refused(f"{' and '.join(names)} never {verb}. Change the day or the month", "cron.never")


def _refused(message: str, code: str) -> Invalid:
    return Invalid(message, field="cron", code=code)
