"""Why a queued run does not start yet, as data and in words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Final

from engine.domain.runs.states import WAITING

AT_ONCE: Final = "workflow"
PER_KEY: Final = "key"
OWNER_AT_ONCE: Final = "owner"
A_MINUTE: Final = "workflow_rate"
OWNER_A_MINUTE: Final = "owner_rate"
BRAKE: Final = "brake"
NONE: Final = "none"
MOST_COUNTED: Final = 1_000
_DOING: Final = {
    "approval": "waits for an answer", "unknown_outcome": "waits for somebody’s word",
    "timer": "waits on purpose", "retry": "waits for its next try", "workflow": "waits for another run",
}


@dataclass(frozen=True)
class Holder:
    """A run that has one of the places."""

    execution_id: str
    workflow_name: str
    status: str
    reason: str | None

    @property
    def is_resting(self) -> bool:
        return self.status == WAITING

    @property
    def doing(self) -> str:
        return _DOING.get(self.reason or "", "waits") if self.is_resting else "is running"


@dataclass(frozen=True)
class Hold:
    """The limit a run waits for. `most` is the limit, `ahead` how many other runs are before this one,
    `subject` what they share, whose they are or why all is held, `free_at` when a place comes by itself;
    `holders` are the first of the runs that have the places."""

    limit: str
    most: int = 0
    ahead: int = 0
    subject: str = ""
    free_at: datetime | None = None
    holders: tuple[Holder, ...] = ()

    def data(self) -> dict[str, Any]:
        """Return what programs are told."""
        return {"limit": self.limit, "most": self.most, "ahead": self.ahead, "subject": self.subject or None,
                "freeAt": self.free_at,
                "heldBy": [{"id": one.execution_id, "workflow": one.workflow_name, "status": one.status,
                            "reason": one.reason} for one in self.holders]}

    @property
    def words(self) -> str:
        """What people are told; pages count the time to the next place down behind it."""
        return _WORDS[self.limit](self)

    def sentence(self, at: datetime) -> str:
        if self.free_at is None:
            return self.words
        return f"{self.words} – next place in {max(1, ceil((self.free_at - at) / timedelta(seconds=1)))} s"


def _at_once(hold: Hold) -> str:
    return f"Behind {_others(hold.ahead)} of this workflow ({hold.most:,} at a time){_rest(hold)}"


def _per_key(hold: Hold) -> str:
    if hold.most == 1:
        return f"Another run for {hold.subject} is going{_rest(hold)}"
    return f"{hold.most:,} other runs for {hold.subject} are going{_rest(hold)}"


def _owner_at_once(hold: Hold) -> str:
    said = f"{hold.subject}’s workflows run {hold.most:,} at a time"
    if not hold.holders:
        return said
    first, others = hold.holders[0], hold.ahead - 1
    name = f"“{first.workflow_name}”"
    if others < 1:
        return f"{said}; {name} has the place and {first.doing}"
    return f"{said}; {name} {first.doing}, it and {_others(others)} have the places"


def _a_minute(hold: Hold) -> str:
    return f"This workflow starts {hold.most:,} a minute at most"


def _owner_a_minute(hold: Hold) -> str:
    return f"{hold.subject}’s workflows start {hold.most:,} a minute at most"


def _brake(hold: Hold) -> str:
    return f"Everything is on hold – {hold.subject}"


def _none(_hold: Hold) -> str:
    return "There is room now; it starts in a moment"


def _rest(hold: Hold) -> str:
    """Say so when the first run ahead is not at work: it may be long until it is done."""
    if not hold.holders or not hold.holders[0].is_resting:
        return ""
    return f"; {'that one' if hold.ahead == 1 else 'the first of them'} {hold.holders[0].doing}"


def _others(number: int) -> str:
    if number >= MOST_COUNTED:
        return f"{MOST_COUNTED:,} or more other runs"
    return "1 other run" if number == 1 else f"{number:,} other runs"


_WORDS: Final = {
    AT_ONCE: _at_once, PER_KEY: _per_key, OWNER_AT_ONCE: _owner_at_once, A_MINUTE: _a_minute,
    OWNER_A_MINUTE: _owner_a_minute, BRAKE: _brake, NONE: _none,
}
