"""The day of a monthly rule as a document, and back again."""

from collections.abc import Mapping
from typing import Any, Final

from engine.domain.data import fields
from engine.domain.time.months import LAST, DaysOfMonth, MonthlyDay, NthWeekday, WorkingDay

KEYS: Final = ("days", "day", "short_month", "nth", "weekday", "working_day")
_MOST_WORKING_DAYS: Final = 10
_LAST_NTH: Final = 5


def read_day(part: Mapping[str, Any], field: str) -> MonthlyDay:
    """Read the one of `days` (or `day`), `weekday` with `nth`, and `working_day` that is there."""
    given = [key for key in ("days", "day", "weekday", "working_day") if key in part]
    if len(given) != 1:
        fields.refuse("Choose one: a day, the last day, a weekday like the last Friday, or a working day",
                      field)
    if given[0] == "weekday":
        nth = _nth(part.get("nth"), f"{field}.nth", _LAST_NTH)
        return NthWeekday(nth, fields.weekday(part["weekday"], f"{field}.weekday"))
    if "nth" in part:
        fields.refuse("Say which weekday is meant", f"{field}.weekday")
    if given[0] == "working_day":
        return WorkingDay(_nth(part["working_day"], f"{field}.working_day", _MOST_WORKING_DAYS))
    return _days(part, field)


def write_day(on: MonthlyDay) -> dict[str, Any]:
    if isinstance(on, NthWeekday):
        return {"weekday": fields.WEEKDAY_KEYS[on.weekday], "nth": _written(on.nth)}
    if isinstance(on, WorkingDay):
        return {"working_day": _written(on.nth)}
    days = [*on.days, *(["last"] if on.last else [])]
    return {"days": days, "short_month": on.short_month}


def _days(part: Mapping[str, Any], field: str) -> DaysOfMonth:
    values = part["days"] if "days" in part else [part["day"]]
    found = fields.listed(values, f"{field}.days", "Choose at least one day")
    numbers = {fields.number(day, f"{field}.days", 1, 31, "Day") for day in found if day != "last"}
    short = fields.one_of(part.get("short_month", "last"), f"{field}.short_month", ("last", "skip"))
    return DaysOfMonth(tuple(sorted(numbers)), "last" in found, short)


def _nth(value: Any, field: str, most: int) -> int:
    return LAST if value == "last" else fields.number(value, field, 1, most, "Which one")


def _written(nth: int) -> int | str:
    return "last" if nth == LAST else nth
