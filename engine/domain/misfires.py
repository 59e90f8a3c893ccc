"""What to do with due times that were not picked up in time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from engine.domain.states import MISSED, STARTED

ON_TIME: Final = timedelta(minutes=1)
"""Up to here a due time is late, not missed: a hand-over between leaders takes seconds."""

NOT_TOO_LATE: Final = timedelta(hours=6)


@dataclass(frozen=True)
class Decision:
    """What becomes of one due time; `reason` is a word the pages turn into a sentence."""

    scheduled_at: datetime
    outcome: str
    reason: str | None = None
    data: dict[str, Any] = field(default_factory=dict)


def decide(due: Sequence[datetime], at: datetime) -> list[Decision]:
    """Decide about `due`, oldest first: what is on time runs, of the rest the latest runs once.

    It does so if it is less than `NOT_TOO_LATE` late and nothing on time follows it.
    """
    missed = [moment for moment in due if at - moment > ON_TIME]
    on_time = due[len(missed):]
    caught_up = missed[-1:] if not on_time and missed and at - missed[-1] <= NOT_TOO_LATE else []
    return [
        *(Decision(moment, MISSED, "app_off") for moment in missed[:len(missed) - len(caught_up)]),
        *(Decision(moment, STARTED, "caught_up") for moment in caught_up),
        *(Decision(moment, STARTED) for moment in on_time),
    ]
