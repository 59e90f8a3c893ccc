"""A month of one schedule played through with known durations, once under each rule for overlaps."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import islice
from typing import Final

from engine.domain.due.misfires import overlap_decision
from engine.domain.errors import Invalid
from engine.domain.time.durations import in_words, parse_duration
from engine.domain.timetables.occurrences import Surroundings, occurrences
from engine.domain.timetables.policies import Policies
from engine.domain.timetables.timetable import Schedule

RULES: Final = ("skip", "queue", "allow", "replace")
MOST_TIMES: Final = 5_000
MOST_DURATIONS: Final = 100
_NOTHING: Final = Surroundings()
_ZERO: Final = timedelta()


@dataclass(frozen=True)
class Rehearsal:
    """What becomes of the due times under one rule; `started` runs either finish or are `stopped`.

    `overlaps` are starts while another run goes on, `waited` are starts that stood in line before.
    """

    rule: str
    started: int
    overlaps: int
    waited: int
    skipped: int
    stopped: int
    longest_wait: timedelta
    longest_line: int
    most_at_once: int

    @property
    def untouched(self) -> int:
        """Runs that started on time and were left to finish."""
        return self.started - self.waited - self.stopped

    @property
    def due(self) -> int:
        return self.started + self.skipped

    @property
    def sentence(self) -> str:
        """Say what this rule costs."""
        met = self.overlaps + self.waited + self.skipped + self.stopped
        if not met:
            return "Every run ends before the next is due."
        return " ".join(filter(None, [
            f"{self.skipped:,} of {self.due:,} are skipped." if self.skipped else "",
            f"{self.waited:,} of {self.due:,} wait, the longest {in_words(self.longest_wait)}, "
            f"with up to {self.longest_line} in line." if self.waited else "",
            f"{self.stopped:,} of {self.due:,} are stopped before they end." if self.stopped else "",
            f"{self.overlaps:,} of {self.due:,} start while another still runs, "
            f"up to {self.most_at_once:,} at once." if self.overlaps else "",
        ]))


@dataclass(frozen=True)
class Rehearsals:
    """All rules over the same due times, which reach from the moment asked to `until`."""

    until: datetime
    due: int
    by_rule: tuple[Rehearsal, ...]


def read_durations(text: str, field: str = "durations") -> list[timedelta]:
    """Read lengths such as "9m, 14m, 1h", separated by commas; an empty text has none."""
    parts = [part for part in text.split(",") if part.strip()]
    if len(parts) > MOST_DURATIONS:
        raise Invalid(f"Enter {MOST_DURATIONS} lengths or fewer", field=field)
    return [parse_duration(part, field=field) for part in parts]


def rehearse(
    schedule: Schedule, durations: Sequence[timedelta], at: datetime, *,
    days: int = 30, around: Surroundings = _NOTHING,
) -> Rehearsals:
    """Play the next `days` through, the durations over and over in the order given.

    A schedule with more than `MOST_TIMES` times is played through as far as those reach.
    """
    until = at + timedelta(days=days)
    found = list(islice(occurrences(schedule, at, until=until, around=around), MOST_TIMES + 1))
    due = found[:MOST_TIMES]
    return Rehearsals(
        due[-1] if len(found) > MOST_TIMES else until, len(due),
        tuple(play(_under(schedule.policies, rule), due, durations) for rule in RULES),
    )


def play(policies: Policies, due: Sequence[datetime], durations: Sequence[timedelta]) -> Rehearsal:
    """Play these due times through under the overlap rule of `policies`."""
    stage = _Stage(policies)
    for number, moment in enumerate(due):
        stage.due(moment, durations[number % len(durations)])
    stage.empty()
    return stage.seen()


def _under(policies: Policies, rule: str) -> Policies:
    return replace(policies, overlap=replace(policies.overlap, rule=rule))


@dataclass
class _Stage:
    """What goes on at one moment: the ends of the runs, and who stands in line for how long a run."""

    policies: Policies
    ends: list[datetime] = field(default_factory=list)
    line: deque[tuple[datetime, timedelta]] = field(default_factory=deque)
    started: int = 0
    overlaps: int = 0
    waited: int = 0
    skipped: int = 0
    stopped: int = 0
    longest_wait: timedelta = _ZERO
    longest_line: int = 0
    most_at_once: int = 0

    def due(self, moment: datetime, duration: timedelta) -> None:
        self._pass_to(moment)
        action = overlap_decision(self.policies, running=len(self.ends), waiting=len(self.line)).action
        if action == "skip":
            self.skipped += 1
        elif action == "wait":
            self.line.append((moment, duration))
            self.longest_line = max(self.longest_line, len(self.line))
        else:
            if action == "replace":
                self.stopped += len(self.ends)
                self.ends.clear()
            self._start(moment, duration)

    def empty(self) -> None:
        """Let those still in line start after the last due time."""
        while self.line:
            self._pass_to(self.ends[0])

    def seen(self) -> Rehearsal:
        return Rehearsal(
            self.policies.overlap.rule, self.started, self.overlaps, self.waited, self.skipped,
            self.stopped, self.longest_wait, self.longest_line, self.most_at_once,
        )

    def _pass_to(self, moment: datetime) -> None:
        """Let runs end up to `moment`; the first in line starts when nothing else goes on."""
        while self.ends and self.ends[0] <= moment:
            ended = heappop(self.ends)
            if self.line and not self.ends:
                asked, duration = self.line.popleft()
                self.waited += 1
                self.longest_wait = max(self.longest_wait, ended - asked)
                self._start(ended, duration)

    def _start(self, moment: datetime, duration: timedelta) -> None:
        self.overlaps += bool(self.ends)
        heappush(self.ends, moment + duration)
        self.started += 1
        self.most_at_once = max(self.most_at_once, len(self.ends))
