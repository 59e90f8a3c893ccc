"""What a schedule means, said in one or two sentences."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from babel import Locale

from engine.domain.schedules.cautions import Warning, rule_warnings
from engine.domain.schedules.clock_cautions import clock_warnings
from engine.domain.schedules.rule_sentences import rule_sentence, window_hours
from engine.domain.schedules.zone_distances import distance_warnings
from engine.domain.time.calendars import country_of, is_country
from engine.domain.time.clock_changes import local_time
from engine.domain.time.durations import in_words
from engine.domain.timetables.occurrences import alone, next_occurrence
from engine.domain.timetables.rules import CronRule, Interval, Once
from engine.domain.timetables.shapes import Blackout, HolidayRule, Span, Window
from engine.domain.timetables.timetable import Schedule
from engine.domain.words import clock_text, counted, date_text, joined

__all__ = ["Warning", "sentence", "warnings"]


def sentence(schedule: Schedule, at: datetime | None = None) -> str:
    """Say what the schedule means; with `at` also how far away it is, or that it is over."""
    if at and next_occurrence(schedule, at, around=alone(schedule)) is None:
        return _over(schedule)
    parts = [
        rule_sentence(schedule, at),
        _window(schedule.window) if schedule.window and not isinstance(schedule.rule, Interval) else "",
        _holidays(schedule.holidays) if schedule.holidays else "",
        *(_blackout(blackout) for blackout in schedule.blackouts),
        _span(schedule.span),
        f"Starts up to {in_words(schedule.jitter.up_to)} later." if schedule.jitter else "",
        _clock_change(schedule),
    ]
    return " ".join(filter(None, parts))


def warnings(
    schedule: Schedule, at: datetime, *, usual: timedelta | None = None, viewer: str | None = None
) -> list[Warning]:
    """What to know before relying on it.

    `usual` is how long a run usually takes, `viewer` the zone of whoever reads it.
    """
    apart = distance_warnings(schedule, viewer, at) if viewer else ()
    return [*rule_warnings(schedule, usual), *clock_warnings(schedule, at), *apart]


def _over(schedule: Schedule) -> str:
    last = local_time(schedule.rule.moment, schedule.timezone) if isinstance(schedule.rule, Once) else (
        schedule.span.end_on)
    if last is None:
        return "This will never run again."
    return f"This will never run again. The last time it could was {date_text(last)}."


def _window(window: Window) -> str:
    otherwise = "skipped" if window.outside == "skip" else "held back until the hours begin"
    return f"Only {window_hours(window)}; what falls outside is {otherwise}."


def _holidays(rule: HolidayRule) -> str:
    days = _days_off(rule.calendars)
    return {
        "run": "",
        "skip": f"Not on {days}.",
        "previous": f"Instead of on {days}, on the working day before.",
        "next": f"Instead of on {days}, on the next working day.",
    }[rule.rule]


def _days_off(references: Sequence[str]) -> str:
    """Own calendars have no names here, only ids."""
    countries = [_country(name) for name in references if is_country(name)]
    own = len(references) - len(countries)
    return joined([
        *([f"public holidays in {joined(countries)}"] if countries else []),
        *(["days off in your own calendar" if own == 1 else "days off in your own calendars"] if own else []),
    ])


def _country(reference: str) -> str:
    country, region = country_of(reference)
    name = _countries().get(country, country)
    return f"{name} ({region})" if region else name


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    return dict(Locale("en").territories)


def _blackout(blackout: Blackout) -> str:
    return f"Not from {_when(blackout.start)} to {_when(blackout.end)}."


def _when(local: datetime) -> str:
    return f"{date_text(local)}, {clock_text(local)}"


def _span(span: Span) -> str:
    parts = [
        f"Starts on {date_text(span.start_on)}." if span.start_on else "",
        f"Ends on {date_text(span.end_on)}." if span.end_on else "",
        f"Ends after {counted(span.end_after, 'time')}." if span.end_after else "",
    ]
    return " ".join(filter(None, parts))


def _clock_change(schedule: Schedule) -> str:
    choice = schedule.clock_change
    if isinstance(schedule.rule, CronRule | Interval):
        return ""  # the one says it by itself, the other counts real time
    forward = "Left out when the clock jumps over its time." if choice.forward == "skip" else ""
    back = {"first": "", "second": "The second time when its time comes twice.",
            "both": "Both times when its time comes twice."}[choice.back]
    return " ".join(filter(None, [forward, back]))
