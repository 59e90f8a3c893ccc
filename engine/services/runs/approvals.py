"""Questions that runs wait with, and the answers people give. One question has one answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, select, tuple_, update

from engine.db import UnitOfWork
from engine.domain.errors import Conflict, Invalid, NotFound
from engine.domain.events import QUEUED, Change
from engine.domain.ids import new_id
from engine.domain.runs.states import LIVE
from engine.models import Approval, Execution, ExecutionStep
from engine.services import audit
from engine.services.inserts import insert
from engine.services.runs import calls, mails, step_runs

Place = tuple[str, str, str]
LONGEST_NOTE: Final = 2_000
_KEYS: Final = ["execution_id", "step_key", "position"]


@dataclass(frozen=True, slots=True)
class Question:
    """What a step asks, and whom."""

    execution_id: str
    step_key: str
    position: str
    workflow_id: str
    text: str
    choices: tuple[str, ...]
    recipients: tuple[str, ...]
    remind_at: datetime | None
    expires_at: datetime | None
    at: datetime


def ask(uow: UnitOfWork, questions: Sequence[Question]) -> list[None]:
    """Put the questions on record, with a mail to each who is asked; one asked before stays as it is."""
    rows: list[dict[str, Any]] = [{
        "id": new_id(question.at), "execution_id": question.execution_id,
        "workflow_id": question.workflow_id, "step_key": question.step_key, "position": question.position,
        "question": question.text, "choices": list(question.choices),
        "recipients": list(question.recipients),
        "asked_at": question.at, "remind_at": question.remind_at, "expires_at": question.expires_at,
    } for question in questions]
    uow.execute(insert(uow, Approval).on_conflict_do_nothing(index_elements=_KEYS), rows)
    mails.write(uow, [row["id"] for row in rows])
    return [None] * len(rows)


def answers(uow: UnitOfWork, places: Sequence[Place]) -> list[Row[Any] | None]:
    """Return what was answered at each place, or None where nothing was asked."""
    columns = (Approval.execution_id, Approval.step_key, Approval.position)
    found = {tuple(row[:3]): row for row in uow.execute(
        select(*columns, Approval.answer, Approval.answered_by, Approval.note)
        .where(tuple_(*columns).in_(list(places)))
    )}
    return [found.get(place) for place in places]


def answer(
    uow: UnitOfWork, approval_id: str, word: str, *, by: str, at: datetime, note: str = "",
    user_id: str | None = None,
) -> None:
    """Answer for everybody; the run goes on with it. `by` is a name, or the address of who was mailed.

    Raises `Invalid` for a word that is no choice, and `Conflict` when somebody was faster or time is up.
    """
    row = uow.execute(
        select(*Approval.__table__.columns, Execution.status)
        .join(Execution, Execution.id == Approval.execution_id)
        .where(Approval.id == approval_id).with_for_update(of=Approval.__table__)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such question.")
    if word not in row.choices:
        raise Invalid(f"Choose one of: {', '.join(row.choices)}.", field="answer")
    if len(note) > LONGEST_NOTE:
        raise Invalid(f"Write a note of {LONGEST_NOTE:,} characters at most.", field="note")
    _refuse_closed(row, at)
    uow.execute(
        update(Approval).where(Approval.id == approval_id, Approval.answer.is_(None))
        .values(answer=word, note=note, answered_by=by, answered_at=at)
    )
    step_runs.log(uow, row.execution_id, at, f"{by} answered “{word}”{': ' + note if note else ''}",
                  step=(row.step_key, row.position))
    audit.record(uow, user_id, "approval.answered", "execution", row.execution_id,
                 {"approval": approval_id, "answer": word, "by": by}, at)
    uow.record(Change(QUEUED, at, row.workflow_id, row.execution_id))
    calls.wake(uow, row.execution_id, at)


def call_off(uow: UnitOfWork, execution_id: str, keys: Sequence[str], loop: str, at: datetime) -> None:
    """End the questions and other waits of these steps, inside a loop that stands at the position `loop`."""
    inside = f"{loop}." if loop else ""
    asked = (Approval.execution_id == execution_id, Approval.step_key.in_(keys),
             Approval.position.startswith(inside), Approval.answer.is_(None))
    uow.execute(update(Approval).where(*asked).values(expires_at=at))
    step_runs.close(uow, execution_id, at, (ExecutionStep.step_key.in_(keys),
                                            ExecutionStep.position.startswith(inside)))


def _refuse_closed(row: Row[Any], at: datetime) -> None:
    if row.answer is not None:
        raise Conflict(f"{row.answered_by} has answered this already: {row.answer}.")
    if row.status not in LIVE:
        raise Conflict("This run does not wait for an answer any more.")
    if row.expires_at is not None and row.expires_at <= at:
        raise Conflict("The time to answer is over.")


def wake_if_answered(uow: UnitOfWork, execution_id: str, step_key: str, position: str, at: datetime) -> None:
    """Let a run go on at once when its question was answered before it lay down."""
    (row,) = answers(uow, [(execution_id, step_key, position)])
    if row is not None and row.answer is not None:
        calls.wake(uow, execution_id, at)
