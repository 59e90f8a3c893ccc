"""Reading a document strictly: every key known, every value of the kind it should be."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any, Final, NoReturn, TypeVar

from engine.domain.errors import Invalid, Problem
from engine.domain.time.clock_changes import check_year
from engine.domain.words import WEEKDAYS, clock_text

T = TypeVar("T")
D = TypeVar("D")
WEEKDAY_KEYS: Final = tuple(name[:3].lower() for name in WEEKDAYS)
_MOST_TIMES: Final = 24


class Problems:
    """Collects what is wrong, so that everything can be shown at once."""

    def __init__(self) -> None:
        self._found: list[Problem] = []

    def attempt(self, read: Callable[[], T], default: D) -> T | D:
        try:
            return read()
        except Invalid as error:
            self._found.extend(error.problems)
            return default

    def raise_any(self) -> None:
        if self._found:
            raise Invalid(problems=self._found)


def group(value: Any, field: str, known: Iterable[str]) -> Mapping[str, Any]:
    """A mapping with known keys only."""
    if not isinstance(value, Mapping):
        refuse("Enter names with values here", field)
    for key in value:
        if key not in known:
            refuse(f'"{key}" is not known here. Known are: {", ".join(known)}', f"{field}.{key}", "unknown")
    return value


def number(value: Any, field: str, low: int, high: int, label: str = "Number") -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        refuse(f"{label} must be between {low} and {high}", field)
    return value


def one_of(value: Any, field: str, choices: Iterable[str]) -> str:
    if value not in choices:
        refuse(f"Choose one of: {', '.join(choices)}", field)
    return str(value)


def clock(value: Any, field: str) -> time:
    """Read "09:00"; a whole number of minutes, as schedules have no seconds in a day."""
    hour, colon, minute = value.partition(":") if isinstance(value, str) else ("", "", "")
    digits = (hour + minute).isascii() and hour.isdigit() and minute.isdigit() and len(minute) == 2
    if not (colon and digits and len(hour) <= 2 and int(hour) < 24 and int(minute) < 60):
        refuse("Enter a time, like 9:00", field)
    return time(int(hour), int(minute))


def clocks(value: Any, field: str) -> tuple[time, ...]:
    """Read a list of times, sorted."""
    texts = listed(value, field, "Enter a time, like 9:00")
    if len(texts) > _MOST_TIMES:
        refuse(f"Enter {_MOST_TIMES} times or fewer", field)
    found: list[time] = []
    for position, text in enumerate(texts):
        moment = clock(text, f"{field}.{position}")
        if moment in found:
            refuse(f"{clock_text(moment)} is already in the list", f"{field}.{position}")
        found.append(moment)
    return tuple(sorted(found))


def weekdays(value: Any, field: str) -> tuple[int, ...]:
    """Read ["mon", "Friday"]; Monday is 0."""
    return tuple(sorted({weekday(text, field) for text in listed(value, field, "Choose at least one day")}))


def weekday(value: Any, field: str) -> int:
    name = value.strip().lower() if isinstance(value, str) else ""
    full = [day.lower() for day in WEEKDAYS]
    if name not in (*WEEKDAY_KEYS, *full):
        refuse("Choose a day: mon, tue, wed, thu, fri, sat or sun", field)
    return WEEKDAY_KEYS.index(name[:3])


def day(value: Any, field: str) -> date:
    try:
        found = value if type(value) is date else date.fromisoformat(value)
    except (TypeError, ValueError):
        refuse("Enter a date, like 2026-12-24", field)
    check_year(found, field)
    return found


def moment(value: Any, field: str) -> datetime:
    """Read a date with a time; it keeps the zone it was written with, if any."""
    try:
        found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    except (TypeError, ValueError):
        refuse("Enter a date and a time, like 2026-12-24T18:00", field)
    if isinstance(value, str) and ":" not in value:
        refuse("Enter a time too, like 2026-12-24T18:00", field)
    check_year(found, field)
    return found.replace(microsecond=0)


def local(value: Any, field: str) -> datetime:
    """Read a date with a time as the clock on the wall shows it."""
    found = moment(value, field)
    if found.tzinfo is not None:
        refuse("Enter local time without a zone, like 2026-12-24T18:00", field)
    return found


def in_utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def utc_text(at: datetime) -> str:
    """Write a moment as "2026-11-20T21:00:00Z"."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def listed(value: Any, field: str, message: str) -> list[Any]:
    if isinstance(value, str) or not isinstance(value, list | tuple) or not value:
        refuse(message, field)
    return list(value)


def refuse(message: str, field: str | None, code: str = "invalid") -> NoReturn:
    raise Invalid(message, field=field, code=code)
