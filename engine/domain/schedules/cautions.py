"""What may surprise in a rule; nothing here forbids anything."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Final

from engine.domain.time.cron import Cron
from engine.domain.time.durations import in_words
from engine.domain.timetables.rules import CronRule, Daily, Interval, Monthly, Once, Rule, Weekly
from engine.domain.timetables.shapes import Window
from engine.domain.timetables.timetable import Schedule
from engine.domain.words import WEEKDAYS, counted, joined, ordinal

_DAY: Final = timedelta(days=1)
_MANY_A_DAY: Final = 500


@dataclass(frozen=True)
class Warning:
    """One sentence; `code` names the kind of surprise."""

    code: str
    message: str


def rule_warnings(schedule: Schedule, usual: timedelta | None) -> Iterator[Warning]:
    """`usual` is how long a run usually takes, where that is known."""
    rule = schedule.rule
    if isinstance(rule, CronRule):
        yield from _both_days(rule.cron)
        yield from _uneven(rule.cron)
    runs = runs_a_day(rule, schedule.window)
    if runs >= _MANY_A_DAY:
        yield Warning("too_many", f"That is {runs:,} runs a day. Keep it if that is what you want")
    if usual and isinstance(rule, Interval) and usual > rule.every:
        often = in_words(rule.every).removeprefix("1 ")
        yield Warning("shorter_than_run", f"Runs usually take {in_words(usual)}, but this starts one "
                      f'every {often}. The rule "skip the new one" will skip most of them')


def _both_days(cron: Cron) -> Iterator[Warning]:
    if not cron.either_day or len(cron.days) == 31 or len(cron.weekdays) == 7:
        return
    days = joined([ordinal(day) for day in cron.days])
    weekdays = joined([WEEKDAYS[(day - 1) % 7] for day in cron.weekdays])
    yield Warning("cron_both_days", f"This runs on the {days} and on every {weekdays}. "
                  "Most people mean only one of them")


def _uneven(cron: Cron) -> Iterator[Warning]:
    for part, values, size, unit in (
        (cron.parts[0], cron.minutes, 60, "minute"), (cron.parts[1], cron.hours, 24, "hour"),
    ):
        distance = int(part[2:]) if part.startswith("*/") and part[2:].isdigit() else 1
        if size % distance == 0 or distance > size:
            continue
        names = [f":{value:02}" if unit == "minute" else f"{value}:00" for value in values]
        gaps = [later - earlier for earlier, later in pairwise((*values, values[0] + size))]
        shown = [str(gap) for gap in dict.fromkeys(gaps)]
        yield Warning("cron_uneven", f"This runs at {joined(names)}, so the gaps are {joined(shown)} "
                      f'{unit}s. For an even {counted(distance, unit)} choose "Every few minutes or hours"')


def runs_a_day(rule: Rule, window: Window | None) -> int:
    """The runs of a full day; hours limit an interval only."""
    if isinstance(rule, Interval):
        return (window.length if window else _DAY) // rule.every
    if isinstance(rule, CronRule):
        return len(rule.cron.minutes) * len(rule.cron.hours)
    return len(rule.at) if isinstance(rule, Daily | Weekly | Monthly) else int(isinstance(rule, Once))
