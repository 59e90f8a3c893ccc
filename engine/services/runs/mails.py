"""Mails that ask people: what is to be sent, who sends it, and what became of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, select, update

from engine.db import UnitOfWork
from engine.domain.ids import new_id
from engine.domain.runs.states import LIVE
from engine.models import Approval, ApprovalMail, Execution, ExecutionStep, Workflow
from engine.queries.runs.questions import asking
from engine.services.inserts import insert
from engine.services.runs import step_runs

MOST_TRIES: Final = 12
NO_SERVER: Final = "No mail server is set up"
TWICE: Final = "The mail to {} may have been sent twice: nobody noted what became of it the first time."
_SENDING: Final = timedelta(minutes=2)
_LONGEST_REST: Final = timedelta(hours=1)
_MANY: Final = 200
_KEYS: Final = ["approval_id", "address", "is_reminder"]


def write(uow: UnitOfWork, approval_ids: Sequence[str]) -> None:
    """Note down the mails of these new questions, reminders among them; a postman hears after the commit."""
    rows = []
    for question in uow.execute(select(*Approval.__table__.columns).where(Approval.id.in_(approval_ids))):
        for address in dict.fromkeys(question.recipients):
            rows.append(_mail(question, address, question.asked_at, is_reminder=False))
            if question.remind_at is not None:
                rows.append(_mail(question, address, question.remind_at, is_reminder=True))
    if rows:
        uow.execute(insert(uow, ApprovalMail).on_conflict_do_nothing(index_elements=_KEYS), rows)
    for row in rows:
        if not row["is_reminder"]:
            uow.mail(row["id"])


def ring_due(uow: UnitOfWork, at: datetime) -> None:
    """Ring for the mails whose time has come; one that nobody sends is rung for again."""
    due = select(ApprovalMail.id).where(ApprovalMail.due_at <= at).order_by(ApprovalMail.due_at)
    for mail_id in uow.execute(due.limit(_MANY)).scalars():
        uow.mail(mail_id)


def take(uow: UnitOfWork, mail_id: str, token_hash: str, at: datetime) -> Row[Any] | None:
    """Take a mail to send it; None when it is not due, another has it, or its question is closed.

    If nobody says what became of it, it is sent once more in a while, and then never again.
    """
    mine = update(ApprovalMail).where(ApprovalMail.id == mail_id, ApprovalMail.due_at <= at)
    if not uow.moved(mine.values(due_at=at + _SENDING, attempts=ApprovalMail.attempts + 1,
                                 token_hash=token_hash)):
        return None
    letter = _letter(uow, mail_id)
    is_unknown = letter.sending_since is not None
    if not _is_open(letter, at) or (is_unknown and letter.may_be_double):
        _settle(uow, mail_id, due_at=None)
        return None
    if is_unknown:
        step_runs.log(uow, letter.execution_id, at, TWICE.format(letter.address), level="warn",
                      step=(letter.step_key, letter.position))
    _settle(uow, mail_id, sending_since=at, may_be_double=letter.may_be_double or is_unknown)
    return letter


def sent(uow: UnitOfWork, mail_id: str, at: datetime) -> None:
    """Note that the mail server has taken it; it is never sent again."""
    _settle(uow, mail_id, due_at=None, sent_at=at, sending_since=None, error=None)


def failed(
    uow: UnitOfWork, letter: Row[Any], error: str, at: datetime, *, for_good: bool = False,
    is_unknown: bool = False,
) -> None:
    """Note why it was not sent, and when to try again; or that nobody knows whether it was."""
    rest = min(timedelta(minutes=1) * 2 ** (letter.attempts - 1), _LONGEST_REST)
    ends = for_good or letter.attempts >= MOST_TRIES
    known = {} if is_unknown else {"sending_since": None}
    _settle(uow, letter.id, due_at=None if ends else at + rest, error=error[:500], **known)


def put_off(uow: UnitOfWork, mail_id: str, at: datetime) -> None:
    """Nobody can send mail here; look again later, for somebody may set a mail server up."""
    again = at + _LONGEST_REST if _is_open(_letter(uow, mail_id), at) else None
    _settle(uow, mail_id, due_at=again, error=NO_SERVER)


def _letter(uow: UnitOfWork, mail_id: str) -> Row[Any]:
    return uow.execute(
        select(ApprovalMail.id, ApprovalMail.address, ApprovalMail.is_reminder, ApprovalMail.attempts,
               ApprovalMail.sending_since, ApprovalMail.may_be_double, Approval.execution_id,
               Approval.step_key, Approval.position, Approval.question, Approval.choices,
               Approval.expires_at, Approval.answer, Execution.status, Workflow.name.label("workflow_name"),
               ExecutionStep.input.label("asked"))
        .join(Approval, Approval.id == ApprovalMail.approval_id)
        .join(Execution, Execution.id == Approval.execution_id)
        .join(Workflow, Workflow.id == Approval.workflow_id)
        .outerjoin(ExecutionStep, asking())
        .where(ApprovalMail.id == mail_id)
    ).one()


def _is_open(letter: Row[Any], at: datetime) -> bool:
    over = letter.expires_at is not None and letter.expires_at <= at
    return letter.answer is None and letter.status in LIVE and not over


def _settle(uow: UnitOfWork, mail_id: str, **columns: Any) -> None:
    uow.execute(
        update(ApprovalMail).where(ApprovalMail.id == mail_id, ApprovalMail.due_at.is_not(None))
        .values(columns)
    )


def _mail(question: Row[Any], address: str, due_at: datetime, *, is_reminder: bool) -> dict[str, Any]:
    return {
        "id": new_id(due_at), "approval_id": question.id, "address": address, "is_reminder": is_reminder,
        "due_at": due_at, "attempts": 0,
    }
