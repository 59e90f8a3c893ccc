"""Starts as pages show them: in words, with what comes next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row

from engine.domain.errors import Invalid
from engine.domain.runs.states import ACTIVE, AUTO_PAUSED, BROKEN, ENDED, OFF, ON
from engine.domain.schedules.schedules import Schedule, parse_schedule
from engine.domain.schedules.sentences import sentence
from engine.queries.times.upcoming import Producer
from engine.queries.workflows.webhooks import WEBHOOK
from engine.services.planning.schedules import SCHEDULE

_OTHER_KINDS: Final = {"manual": "Someone presses Run now", "api": "Another program asks (API)",
                       "webhook": "Its web address is called"}
_UNREADABLE: Final = "This schedule can't be read, so it will not run. Edit it to put it right."
SOON: Final = timedelta(minutes=10)


@dataclass(frozen=True)
class Start:
    """A start with its meaning. `state` is one of the workflow and schedule states, for its chip."""

    row: Row[Any]
    schedule: Schedule | None
    sentence: str
    state: str

    @property
    def is_on(self) -> bool:
        return self.state == ON

    @property
    def is_over(self) -> bool:
        return self.state == ENDED

    @property
    def needs_help(self) -> bool:
        """Whether it was stopped by trouble, which its note explains."""
        return self.state in (AUTO_PAUSED, BROKEN)

    @property
    def is_web_address(self) -> bool:
        return bool(self.row.kind == WEBHOOK)

    @property
    def is_schedule(self) -> bool:
        return bool(self.row.kind == SCHEDULE)


def shown(row: Row[Any], at: datetime) -> Start:
    if row.kind != SCHEDULE:
        return Start(row, None, _OTHER_KINDS.get(row.kind, row.name), ON if row.enabled else OFF)
    try:
        schedule = parse_schedule(row.config["schedule"], at=at, stored=True)
    except (Invalid, KeyError):
        return Start(row, None, _UNREADABLE, BROKEN)
    return Start(row, schedule, sentence(schedule), _state(row))


def shown_all(rows: Iterable[Row[Any]], at: datetime) -> list[Start]:
    return [shown(row, at) for row in rows]


def _state(row: Row[Any]) -> str:
    """What a schedule row says of the workflow's own pause is no news here; the page tells that once."""
    if not row.enabled:
        return OFF
    return row.state if row.state in (AUTO_PAUSED, BROKEN, ENDED) else ON


def summary(starts: Sequence[Start]) -> str:
    """Say in one line what starts a workflow."""
    lasting = [start for start in starts if not start.is_over] or list(starts)
    if not lasting:
        return "Starts only when someone presses Run now."
    if len(lasting) > 1:
        return f"{len(lasting)} starts"
    return lasting[0].sentence if lasting[0].state != OFF else f"Off: {lasting[0].sentence}"


def producers(starts: Iterable[Start], *, planned: bool = False) -> list[Producer]:
    """Return the starts that come by themselves, now or after a pause.

    `planned` adds those that would, were the workflow on.
    """
    return [Producer(start.row.id, start.row.name, start.schedule) for start in starts if start.schedule
            and (start.row.state == ACTIVE or start.row.next_run_at or (planned and start.is_on))]


def is_soon(moment: datetime, at: datetime) -> bool:
    """Whether a countdown is worth watching."""
    return at < moment <= at + SOON
