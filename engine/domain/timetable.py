"""A schedule once it has been read: one rule, one zone, and what shapes its times."""

from dataclasses import dataclass

from engine.domain.clock_changes import ClockChange
from engine.domain.rules import Rule


@dataclass(frozen=True)
class Schedule:
    rule: Rule
    timezone: str
    clock_change: ClockChange = ClockChange()

    @property
    def kind(self) -> str:
        return self.rule.kind
