"""What a calendar shows: lines in slots, what comes too often for lines, and where many start at once."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from engine.domain.due.calendar_slots import Slot
from engine.domain.due.due_times import DueTimes
from engine.domain.runs.states import CANCELLED, FAILED, MISSED, SKIPPED

PLANNED: Final = "planned"
DECIDED: Final = "skipped_by"
CLASH: Final = 5
_MINUTE: Final = timedelta(minutes=1)
_SOONEST: Final = 5
_QUIET_WITHIN: Final = 45
# What has to be seen first when there is no room for everything.
_URGENCY: Final = {FAILED: 0, MISSED: 1, CANCELLED: 2, SKIPPED: 2}


class Start(NamedTuple):
    """A start of a workflow, and of what: enough to name it and to link to it."""

    workflow_id: str
    workflow_name: str
    workflow_slug: str
    trigger_id: str | None = None
    trigger_name: str | None = None


@dataclass(frozen=True)
class Line:
    """What one start did or will do in a slot. `run_id` is there when `times` is one run.

    `due_at` is there when it is one time to come: what its rule says, also where it was moved.
    """

    start: Start
    status: str
    first_at: datetime
    last_at: datetime
    times: int = 1
    run_id: str | None = None
    reason: str | None = None
    due_at: datetime | None = None

    @property
    def is_planned(self) -> bool:
        return self.status == PLANNED

    @property
    def urgency(self) -> tuple[int, datetime]:
        return _URGENCY.get(self.status, 3), self.first_at


class Band(NamedTuple):
    """A start that is due too often to be listed; `times` is how often in the window, None: not counted."""

    start: Start
    due: DueTimes
    times: int | None = None


class Clash(NamedTuple):
    """Several starts are due in one minute; `quiet_at` is a minute nearby that has none."""

    at: datetime
    starts: tuple[Start, ...]
    quiet_at: datetime | None


@dataclass(frozen=True)
class Filled:
    """A slot with what is in it; `is_partial` when there was more than was looked at."""

    slot: Slot
    lines: Sequence[Line] = ()
    clashes: Sequence[Clash] = ()
    is_partial: bool = False

    def shown(self, most: int) -> list[Line]:
        """The lines there is room for: failures are never the ones left out."""
        chosen = sorted(self.lines, key=lambda line: line.urgency)[:most]
        return sorted(chosen, key=lambda line: line.first_at)


@dataclass(frozen=True)
class Agenda:
    """`complete_until` is None when everything is there; else only some starts are shown after it."""

    filled: Sequence[Filled]
    bands: Sequence[Band] = ()
    complete_until: datetime | None = None
    calendars: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_empty(self) -> bool:
        return not self.bands and not any(part.lines for part in self.filled)

    @property
    def workflows(self) -> list[tuple[str, str]]:
        """Slug and name of all workflows in it, by name."""
        starts = [line.start for part in self.filled for line in part.lines]
        starts += [band.start for band in self.bands]
        named = {(start.workflow_name, start.workflow_slug) for start in starts}
        return [(slug, name) for name, slug in sorted(named, key=lambda pair: (pair[0].casefold(), pair))]


def planned_lines(
    slots: Sequence[Slot], planned: Mapping[Start, Sequence[datetime]],
    moved: Mapping[tuple[Start, datetime], datetime], skipped: Iterable[tuple[Start, datetime]],
) -> list[list[Line]]:
    """Put each start's moments into the slots, one line for each start and slot.

    `moved` leads from where a time is now to where it was; `skipped` are times people decided against.
    """
    lines: list[list[Line]] = [[] for _ in slots]
    for start, moments in planned.items():
        for number, inside in _by_slot(slots, moments):
            first = inside[0]
            due_at = moved.get((start, first), first) if len(inside) == 1 else None
            lines[number].append(Line(start, PLANNED, first, inside[-1], len(inside), due_at=due_at))
    for start, moment in skipped:
        for number, _ in _by_slot(slots, [moment]):
            lines[number].append(Line(start, SKIPPED, moment, moment, reason=DECIDED, due_at=moment))
    return lines


def clashes(planned: Mapping[Start, Sequence[datetime]]) -> list[Clash]:
    """Find the minutes in which many start, the fullest first."""
    by_minute: dict[datetime, list[Start]] = defaultdict(list)
    for start, moments in planned.items():
        for moment in moments:
            by_minute[moment.replace(second=0, microsecond=0)].append(start)
    crowded = [Clash(minute, tuple(starts), _quiet(by_minute, minute))
               for minute, starts in by_minute.items() if len(starts) >= CLASH]
    return sorted(crowded, key=lambda clash: (-len(clash.starts), clash.at))


def with_clashes(filled: Sequence[Filled], found: Iterable[Clash]) -> list[Filled]:
    """Give each clash to the slot it is in."""
    crowded = list(found)
    return [replace(part, clashes=[clash for clash in crowded if part.slot.holds(clash.at)])
            for part in filled]


def hourly(slots: Sequence[Slot], planned: Mapping[Start, Sequence[datetime]]) -> list[int]:
    """Count how many starts each slot has."""
    counted = Counter(number for moments in planned.values() for number, _ in _by_slot(slots, moments))
    return [counted[number] for number in range(len(slots))]


def _by_slot(slots: Sequence[Slot], moments: Sequence[datetime]) -> Iterable[tuple[int, list[datetime]]]:
    number = 0
    inside: dict[int, list[datetime]] = {}
    for moment in moments:
        while number < len(slots) and moment >= slots[number].end:
            number += 1
        if number < len(slots) and moment >= slots[number].start:
            inside.setdefault(number, []).append(moment)
    return inside.items()


def _quiet(busy: Mapping[datetime, object], minute: datetime) -> datetime | None:
    """The first minute a little after `minute` that neither has a start nor is next to one that has."""
    for distance in range(_SOONEST, _QUIET_WITHIN):
        candidate = minute + _MINUTE * distance
        if not any(candidate + _MINUTE * near in busy for near in (-1, 0, 1)):
            return candidate
    return None
