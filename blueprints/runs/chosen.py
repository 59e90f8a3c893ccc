"""Runs somebody chose to stop, repeat or ignore together: by their ids, or by what they have in common."""

from collections.abc import Sequence
from typing import Any, Final

from flask_login import current_user
from sqlalchemy import Row

from blueprints.shared.extensions import reading, writing
from engine import clock
from engine.domain.errors import NotFound
from engine.domain.runs import states
from engine.queries.runs import bulk as queries
from engine.queries.runs.executions import Filter
from engine.queries.visibility import may_see
from engine.services.runs import bulk
from engine.services.runs.bulk import Answer

STOP: Final = "stop"
AGAIN: Final = "again"
IGNORE: Final = "ignore"
STATUSES: Final = {STOP: states.LIVE, AGAIN: states.FINAL, IGNORE: (states.FAILED,)}
# What one request does at most; the rest takes another one.
MOST: Final = {STOP: 10_000, AGAIN: 1_000, IGNORE: 1_000}


def fits(run: Row[Any], action: str) -> bool:
    """Whether this can be done to a run as it is now."""
    if action == IGNORE:
        return states.needs_attention(run.status, unusual=run.unusual)
    return run.status in STATUSES[action]


def find(which: Sequence[str] | Filter, action: str) -> list[Row[Any]]:
    """Return the chosen runs the reader may see; one more than the most tells that there are others."""
    return queries.chosen(reading(), may_see(current_user), which, STATUSES[action], MOST[action] + 1)


def carry_out(
    execution_ids: Sequence[str], action: str, key: str | None = None, *, started_by: str = "manual"
) -> list[Answer]:
    """Do it, a few at a time, and answer for each run in the order asked for."""
    asked = list(dict.fromkeys(execution_ids))
    visible = {row.id for row in find(asked, action)}
    mine = [execution_id for execution_id in asked if execution_id in visible]
    done: dict[str, Answer] = {}
    for start in range(0, len(mine), bulk.BATCH):
        some, at = mine[start:start + bulk.BATCH], clock.now()
        with writing() as uow:
            if action == AGAIN:
                answers = bulk.rerun(uow, some, user_id=current_user.id, at=at, key=key,
                                     started_by=started_by)
            else:
                work = bulk.cancel if action == STOP else bulk.ignore
                answers = work(uow, some, by=current_user.name, user_id=current_user.id, at=at)
        done |= {answer.id: answer for answer in answers}
    missing = NotFound("There is no such run.")
    return [done.get(execution_id) or Answer(execution_id, refusal=missing) for execution_id in asked]
