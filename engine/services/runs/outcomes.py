"""Steps of which nobody knows whether they happened, and what people say about them."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, update

from engine.db import UnitOfWork
from engine.domain.errors import Conflict, Invalid, NotFound
from engine.domain.runs.states import COMPLETED, PENDING, SKIPPED, WAITING
from engine.domain.time.durations import milliseconds_between
from engine.models import Execution, ExecutionStep
from engine.services import audit
from engine.services.runs import calls, step_runs

UNKNOWN: Final = "unknown_outcome"
HAPPENED: Final = "happened"
RETRY: Final = "retry"
SKIP: Final = "skip"
ANSWERS: Final = {
    HAPPENED: "it happened, so the run goes on", RETRY: "it did not happen, so it is tried again",
    SKIP: "it is to be skipped",
}
_FORGOTTEN: Final = {"error_class": None, "error_code": None, "error_message": None, "reason": None}


def settle(
    uow: UnitOfWork, execution_id: str, step_key: str, position: str, answer: str, *, by: str,
    user_id: str | None, at: datetime,
) -> None:
    """Say what became of a step, and let its run go on.

    Raises `Conflict` when somebody was faster or the run does not wait for this any more.
    """
    if answer not in ANSWERS:
        raise Invalid(f"Choose one of: {', '.join(ANSWERS)}.", field="answer")
    place = (ExecutionStep.execution_id == execution_id, ExecutionStep.step_key == step_key,
             ExecutionStep.position == position)
    found = uow.execute(
        select(Execution.status, ExecutionStep.started_at)
        .join(ExecutionStep, ExecutionStep.execution_id == Execution.id)
        .where(*place).with_for_update(of=Execution.__table__)
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such step in this run.")
    asks = (ExecutionStep.status == WAITING, ExecutionStep.reason == UNKNOWN)
    changes = _changes(answer, by, found.started_at, at)
    # While the run goes on elsewhere, its worker holds the answer it does not know yet in its memory.
    if found.status != WAITING or not uow.moved(update(ExecutionStep).where(*place, *asks).values(changes)):
        raise Conflict("This step does not wait for an answer. Reload the page to see how things stand.")
    step_runs.log(uow, execution_id, at, f"{by} said: {ANSWERS[answer]}", step=(step_key, position))
    audit.record(uow, user_id, "execution.outcome", "execution", execution_id,
                 {"step": step_key, "position": position, "answer": answer}, at)
    calls.wake(uow, execution_id, at)


def _changes(answer: str, by: str, started_at: datetime | None, at: datetime) -> dict[str, Any]:
    ended = {**_FORGOTTEN, "completed_at": at, "duration_ms": milliseconds_between(started_at, at)}
    if answer == HAPPENED:
        return {**ended, "status": COMPLETED, "effect": "done", "output": {"confirmed_by": by}}
    if answer == SKIP:
        return {**ended, "status": SKIPPED, "reason": step_runs.skipped_by(by), "output": None}
    return {**_FORGOTTEN, "status": PENDING, "effect": "none"}
