"""What the coming clock changes do to a schedule."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from engine.domain.schedules.cautions import Warning
from engine.domain.schedules.clock_touches import Touch, by_the_clock, coming_changes, night, touches
from engine.domain.time.clock_changes import Change, ClockChange, changes, local_time
from engine.domain.timetables.occurrences import alone, occurrences
from engine.domain.timetables.rules import CronRule, Interval, Once
from engine.domain.timetables.timetable import Schedule
from engine.domain.words import clock_text, joined

_SOON: Final = timedelta(days=14)
_PREVIEWED: Final = 5
_MOST_NAMED: Final = 3
_LONG: Final = timedelta(hours=1)
_SECOND: Final = timedelta(seconds=1)


def clock_warnings(schedule: Schedule, at: datetime) -> Iterator[Warning]:
    """One warning for each change that touches a planned time, one for a change that is near."""
    if isinstance(schedule.rule, Once):
        yield from _jumped(schedule.rule, schedule, at)
        return
    coming = coming_changes(schedule, at)
    if not coming:
        return
    if isinstance(schedule.rule, Interval):
        yield from _drifting(schedule, coming[0], at)
        return
    touched = touches(schedule, at)
    yield from (_touched(touch, _choice(schedule), at) for touch in touched)
    near = max([at + _SOON, *_coming(schedule, at, _PREVIEWED)])
    if not touched and coming[0].at <= near and not by_the_clock(schedule):
        yield Warning("clock_change", f"Clocks change on {night(coming[0], at)}. "
                      f"Runs stay at {_named(schedule, at)}.")


def _jumped(rule: Once, schedule: Schedule, at: datetime) -> Iterator[Warning]:
    """Its one time may be written as one that does not exist; then it comes right after the jump."""
    if rule.jumped:
        change = next(changes(schedule.timezone, rule.moment - _SECOND, rule.moment))
        yield _touched(Touch(change, [rule.jumped]), ClockChange(), at)


def _drifting(schedule: Schedule, change: Change, at: datetime) -> Iterator[Warning]:
    rule = schedule.rule
    if isinstance(rule, Interval) and rule.every > _LONG and not schedule.window:
        hint = ' For the same time every day choose "Every day".' if rule.every >= timedelta(days=1) else ""
        moves = "later" if change.after > change.before else "earlier"
        yield Warning("interval_shift", f"This counts real time, so when clocks change on "
                      f"{night(change, at)} it moves to {moves} times of the day.{hint}")


def _touched(touch: Touch, choice: ClockChange, at: datetime) -> Warning:
    when = night(touch.change, at)
    if touch.is_forward:
        then = (f"this runs at {clock_text(touch.change.local_after)}" if choice.forward == "shift"
                else "this does not run then")
        return Warning("clock_forward",
                       f"Clocks go forward on {when}. {touch.happens} that night, so {then}.")
    runs = {"first": "once, the first time", "second": "once, the second time", "both": "both times"}
    return Warning("clock_back", f"Clocks go back on {when}. {touch.happens}; this runs {runs[choice.back]}.")


def _choice(schedule: Schedule) -> ClockChange:
    rule = schedule.rule
    return rule.cron.clock_change if isinstance(rule, CronRule) else schedule.clock_change


def _named(schedule: Schedule, at: datetime) -> str:
    first = [local_time(moment, schedule.timezone) for moment in _coming(schedule, at, 25)]
    times = sorted({moment.time() for moment in first})
    if len(times) > _MOST_NAMED:
        return "the same local times"
    return f"{joined([clock_text(moment) for moment in times])} local time"


def _coming(schedule: Schedule, at: datetime, limit: int) -> Iterator[datetime]:
    return occurrences(schedule, at, limit=limit, around=alone(schedule))
