"""The next 24 hours: how many starts each hour has, what runs often, and where many start at once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from engine.domain.due.agenda import Band, Clash, clashes, hourly
from engine.domain.due.calendar_slots import Slot, hours
from engine.domain.time.clock_changes import local_time
from engine.queries.times.calendar import Scope, plans

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class NextHours:
    """`counts` goes with `slots`: hours of the clock, of which the last ends a day from now.

    What runs often is left out. `complete_until` as in `Agenda`.
    """

    slots: Sequence[Slot]
    counts: Sequence[int]
    bands: Sequence[Band]
    clashes: Sequence[Clash]
    complete_until: datetime | None

    @property
    def total(self) -> int:
        return sum(self.counts)

    @property
    def busiest(self) -> Slot:
        return self.slots[self.counts.index(max(self.counts))]

    @property
    def columns(self) -> list[tuple[Slot, int, int]]:
        """Each hour with its count and its height in percent of the busiest."""
        most = max(self.counts) or 1
        return [(slot, count, round(100 * count / most))
                for slot, count in zip(self.slots, self.counts, strict=True)]


def next_hours(connection: Connection, scope: Scope, at: datetime, zone: str) -> NextHours:
    coming = _coming(at, zone)
    found, complete_until = plans(connection, scope, coming, at)
    moments = {plan.start: plan.due.moments for plan in found if not plan.due.is_often}
    bands = [Band(plan.start, plan.due) for plan in found if plan.due.is_often]
    bands.sort(key=lambda band: band.due.gap or _DAY)
    return NextHours(coming, hourly(coming, moments), bands, clashes(moments), complete_until)


def _coming(at: datetime, zone: str) -> list[Slot]:
    today, end = local_time(at, zone).date(), at + _DAY
    both = (*hours(today, zone), *hours(today + _DAY, zone))
    return [replace(slot, end=min(slot.end, end)) for slot in both if slot.end > at and slot.start < end]
