"""What the schedule form and its preview show: choices, the meaning, the next times."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from babel import Locale
from holidays import list_supported_countries
from werkzeug.datastructures import MultiDict

from blueprints.shared.extensions import reading
from blueprints.starts import forms_interval, forms_schedule, forms_shape
from engine.domain.due.absences import Absence, absence
from engine.domain.due.omissions import Omission
from engine.domain.errors import Invalid, Problem
from engine.domain.schedules.clock_touches import ClockChoice, clock_choices
from engine.domain.schedules.schedules import Schedule, parse_schedule
from engine.domain.schedules.sentences import Warning, sentence, warnings
from engine.domain.time.zones import zone_choices
from engine.domain.timetables.frequencies import Frequency, frequency
from engine.domain.timetables.occurrences import Surroundings, occurrences
from engine.domain.timetables.patterns import as_pattern
from engine.domain.words import ORDINALS, WEEKDAYS
from engine.queries.times import omissions

_SHOWN: Final = 5
DAYS: Final = tuple((name[:3].lower(), name[:2], name) for name in WEEKDAYS)
_LAST: Final = ("last", "last")


@dataclass(frozen=True)
class Meaning:
    """What a schedule means, or `problems` when it can't be read.

    `pattern` is there for a cron expression that means exactly the same as one. `assumed` is what a
    phrase left open, each with the phrase that means the other half of the day, or none.
    """

    schedule: Schedule | None = None
    sentence: str = ""
    times: tuple[datetime, ...] = ()
    warnings: tuple[Warning, ...] = ()
    clock_choices: tuple[ClockChoice, ...] = ()
    pattern: Schedule | None = None
    absence: Absence | None = None
    frequency: Frequency | None = None
    omissions: tuple[Omission, ...] = ()
    assumed: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def meaning_of(schedule: Schedule, at: datetime, viewer: str, around: Surroundings) -> Meaning:
    times = tuple(occurrences(schedule, at, limit=_SHOWN, around=around))
    left_out = omissions.until(reading(), schedule, around, at, times[-1]) if times else ()
    return Meaning(
        schedule, sentence(schedule), times, tuple(warnings(schedule, at, viewer=viewer)),
        tuple(clock_choices(schedule, at)), as_pattern(schedule, at),
        absence(schedule, at, around), frequency(schedule, at), tuple(left_out),
    )


def of_stored(document: Mapping[str, Any], at: datetime, viewer: str, around: Surroundings) -> Meaning:
    """Say what a stored schedule means; it may be over."""
    try:
        return meaning_of(parse_schedule(document, at=at, stored=True), at, viewer, around)
    except Invalid as error:
        return Meaning(problems=error.problems)


def read(
    form: MultiDict[str, str], at: datetime, zone: str, around: Surroundings,
    stored: Mapping[str, Any] | None = None,
) -> Meaning:
    """Read the form and say what it means, or what has to be put right."""
    try:
        schedule = forms_schedule.schedule_from(form, at, zone, stored)
        meaning = meaning_of(schedule, at, zone, around)
    except Invalid as error:
        return Meaning(problems=error.problems)
    return replace(meaning, assumed=forms_schedule.assumed(form, schedule, at, zone))


def choices(at: datetime, values: Mapping[str, Any], own: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return the options of the form's lists, with the `own` calendars.

    What a program set and the form has not is offered too.
    """
    zones = zone_choices(at)
    zone = values["timezone"]
    unit = values["interval.unit"]
    chosen = values["holidays.calendars"]
    calendars = (*own, *_countries())
    is_known = chosen in dict(calendars)
    return {
        "zones": zones if any(name == zone for name, _ in zones) else [(zone, zone), *zones],
        "units": forms_interval.UNITS + ((("s", "seconds"),) if unit == "s" else ()),
        "alignment": forms_interval.alignment(values),
        "weekdays": DAYS, "weekday_names": [(key, name) for key, _, name in DAYS],
        "nths": [*((str(n), ORDINALS[n - 1]) for n in range(1, 6)), _LAST],
        "working_days": [*((str(n), ORDINALS[n - 1]) for n in range(1, 11)), _LAST],
        "calendars": calendars if not chosen or is_known else ((chosen, "As set before"), *calendars),
        "missed": forms_shape.MISSED,
        "overlap": forms_shape.OVERLAP, "holiday_rules": forms_shape.HOLIDAY_RULES,
        "outside": forms_shape.OUTSIDE,
    }


@lru_cache(maxsize=1)
def _countries() -> tuple[tuple[str, str], ...]:
    """Countries with a list of holidays, by name."""
    names, codes = Locale("en").territories, list_supported_countries(include_aliases=False)
    known = [(f"country:{code}", names.get(code, code)) for code in codes]
    return tuple(sorted(known, key=lambda country: country[1]))
