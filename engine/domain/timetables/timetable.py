"""A schedule once it has been read: one rule, one zone, and what shapes its times."""

from dataclasses import dataclass, field

from engine.domain.time.clock_changes import ClockChange
from engine.domain.timetables.policies import Policies
from engine.domain.timetables.rules import Rule
from engine.domain.timetables.shapes import Blackout, HolidayRule, Jitter, Span, Window


@dataclass(frozen=True)
class Schedule:
    rule: Rule
    timezone: str
    clock_change: ClockChange = ClockChange()
    span: Span = Span()
    holidays: HolidayRule | None = None
    window: Window | None = None
    blackouts: tuple[Blackout, ...] = ()
    jitter: Jitter | None = None
    policies: Policies = field(default_factory=Policies)

    @property
    def kind(self) -> str:
        return self.rule.kind

    @property
    def calendars(self) -> tuple[str, ...]:
        """The calendars this schedule names, such as "country:DE" or the id of an own one."""
        return self.holidays.calendars if self.holidays else ()
