"""The emergency brake: nothing starts on its own until somebody lets go, or until a moment set before."""

from datetime import datetime

from sqlalchemy import delete, not_, select

from engine.db import UnitOfWork
from engine.domain.errors import Conflict, Invalid
from engine.domain.events import WAITING, Change
from engine.domain.runs.states import PENDING
from engine.models import IS_LIVE, Execution, Setting
from engine.queries.overview import changes
from engine.queries.runs.braked import is_unattended
from engine.queries.server import brake as queries
from engine.services import audit, settings
from engine.services.names import name_of
from engine.services.runs import admission, executions


def pull(
    uow: UnitOfWork, *, reason: str, by: str, at: datetime, until: datetime | None = None,
    stop_running: bool = False,
) -> None:
    """Hold whatever nobody stands beside; runs that go on finish, unless `stop_running`."""
    if not reason.strip():
        raise Invalid("Say why, so that others know.", field="reason")
    if until is not None and until <= at:
        raise Invalid("Choose a time in the future, or leave it empty.", field="until")
    value = {"reason": reason.strip(), "by": name_of(uow, by), "since": at.isoformat(),
             "until": until.isoformat() if until else None}
    settings.put(uow, queries.NAME, value, at)
    audit.record(uow, by, "brake.pulled", "brake", None, value, at)
    _tell_of_those_in_line(uow, at)
    if stop_running:
        _stop_all(uow, at)


def release(uow: UnitOfWork, *, by: str | None, at: datetime) -> None:
    """Let go: runs that were asked for meanwhile begin; due times that were held do not run any more."""
    if not uow.moved(delete(Setting).where(Setting.name == queries.NAME)):
        raise Conflict("The brake is not on.")
    audit.record(uow, by, "brake.released", "brake", None, None, at)
    _tell_of_those_in_line(uow, at)
    admission.wake_braked(uow, at)


def release_due(uow: UnitOfWork, at: datetime) -> None:
    """Let go when the time set for it has come."""
    brake = queries.current(uow.connection)
    if brake is not None and brake.until is not None and brake.until <= at:
        release(uow, by=None, at=at)


def _tell_of_those_in_line(uow: UnitOfWork, at: datetime) -> None:
    """Let pages say anew what runs held by a limit wait for; of too many to tell of, all is drawn anew."""
    in_line = (IS_LIVE, Execution.status == PENDING, Execution.reason == admission.LIMIT)
    runs = select(Execution.id, Execution.workflow_id).where(*in_line, is_unattended())
    for run in uow.execute(runs.limit(changes.MANY + 1)).all():
        uow.record(Change(WAITING, at, run.workflow_id, run.id))


def _stop_all(uow: UnitOfWork, at: datetime) -> None:
    """End what goes on or would still begin. What the brake holds back was accepted, and waits."""
    held_back = Execution.started_at.is_(None) & is_unattended()
    going_on = (
        select(Execution.id).where(IS_LIVE, not_(held_back)).order_by(Execution.id.desc())
    )
    executions.cancel_all(uow, uow.execute(going_on).scalars().all(), by="the emergency brake", at=at)
