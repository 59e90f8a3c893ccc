"""What may start a workflow. Saving takes effect at once; schedules follow in the same transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select, update

from engine.db import UnitOfWork
from engine.domain.errors import Conflict, Invalid, NotFound
from engine.domain.events import WORKFLOW, Change
from engine.domain.ids import new_id
from engine.domain.schedules.schedules import Schedule, to_document
from engine.domain.time.calendars import is_country
from engine.domain.workflows.starts import KINDS, MAX_STARTS
from engine.models import Trigger
from engine.queries.times import surroundings
from engine.services import audit
from engine.services.inserts import insert
from engine.services.planning import schedules
from engine.services.workflows import workflows


def add(
    uow: UnitOfWork, workflow_id: str, *, name: str, kind: str, by: str | None, at: datetime,
    schedule: Schedule | None = None, inputs: Mapping[str, Any] | None = None, enabled: bool = True,
    signed: bool = False, trigger_id: str | None = None,
) -> str:
    """Add a start and return its id. Raises `Invalid` when the workflow has one of that name."""
    workflows.locked(uow, workflow_id)
    _check(uow, kind, schedule)
    _refuse_too_many(uow, workflow_id)
    trigger_id = trigger_id or new_id(at)
    added = uow.moved(
        insert(uow, Trigger)
        .values(
            id=trigger_id, workflow_id=workflow_id, name=name, kind=kind,
            config=_config(schedule, signed), inputs=dict(inputs or {}), enabled=enabled,
            created_at=at, updated_at=at,
        )
        .on_conflict_do_nothing()
    )
    if not added:
        raise _taken(name)
    added_as = {"name": name, "kind": kind}
    _changed(uow, workflow_id, trigger_id, by=by, action="start.added", details=added_as, at=at)
    return trigger_id


def edit(
    uow: UnitOfWork, trigger_id: str, *, by: str | None, at: datetime, name: str | None = None,
    schedule: Schedule | None = None, inputs: Mapping[str, Any] | None = None,
    enabled: bool | None = None, signed: bool | None = None, seen: datetime | None = None,
) -> None:
    """Change what is given; the rest stays. Another start's next run never moves by it.

    `seen` is the `updated_at` that was read before; raises `Conflict` if it is not the newest.
    """
    row = _held(uow, trigger_id, seen)
    changes: dict[str, Any] = {}
    if name is not None and name != row.name:
        _refuse_taken(uow, row, name)
        changes["name"] = name
    if schedule is not None:
        _check(uow, row.kind, schedule)
        changes["config"] = {**row.config, "schedule": to_document(schedule)}
    if signed is not None:
        _refuse_unless_webhook(row)
        changes["config"] = {**row.config, "signed": signed}
    if inputs is not None:
        changes["inputs"] = dict(inputs)
    if enabled is not None:
        changes["enabled"] = enabled
        if enabled:
            schedules.restart(uow, trigger_id)
    # Saying the same again overtakes nobody.
    changed_at = at if any(getattr(row, key) != value for key, value in changes.items()) else row.updated_at
    uow.execute(update(Trigger).where(Trigger.id == trigger_id).values(updated_at=changed_at, **changes))
    _changed(uow, row.workflow_id, trigger_id, by=by, action="start.edited", details=changes, at=at)


def remove(uow: UnitOfWork, trigger_id: str, *, by: str | None, at: datetime) -> None:
    """Take a start away; what it did stays readable."""
    row = get(uow, trigger_id)
    workflows.locked(uow, row.workflow_id)
    uow.execute(
        update(Trigger).where(Trigger.id == trigger_id).values(removed_at=at, enabled=False)
    )
    was = {"name": row.name}
    _changed(uow, row.workflow_id, trigger_id, by=by, action="start.removed", details=was, at=at)


def renew_secret(uow: UnitOfWork, trigger_id: str, *, by: str, at: datetime) -> int:
    """Let calls be signed with a new secret, and no more with the old one; return its generation."""
    row = get(uow, trigger_id)
    workflows.locked(uow, row.workflow_id)
    _refuse_unless_webhook(row)
    generation = int(get(uow, trigger_id).config.get("generation", 0)) + 1
    config = {**row.config, "signed": True, "generation": generation}
    uow.execute(update(Trigger).where(Trigger.id == trigger_id).values(config=config, updated_at=at))
    done = {"generation": generation}
    _changed(uow, row.workflow_id, trigger_id, by=by, action="start.secret_renewed", details=done, at=at)
    return generation


def get(uow: UnitOfWork, trigger_id: str) -> Row[Any]:
    """Return the row of a start that still exists; raises `NotFound`."""
    row = uow.execute(
        select(*Trigger.__table__.columns)
        .where(Trigger.id == trigger_id, Trigger.removed_at.is_(None))
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such start.")
    return row


def free_name(uow: UnitOfWork, workflow_id: str, name: str) -> str:
    """Return `name`, with a number behind it if needed; call it while the workflow is locked."""
    taken = set(uow.execute(
        select(Trigger.name).where(Trigger.workflow_id == workflow_id, Trigger.removed_at.is_(None))
    ).scalars())
    numbered = (f"{name} {number}" for number in range(2, len(taken) + 3))
    return next(candidate for candidate in (name, *numbered) if candidate not in taken)


def _check(uow: UnitOfWork, kind: str, schedule: Schedule | None) -> None:
    if kind not in KINDS:
        raise Invalid(f"A start can be one of: {', '.join(KINDS)}.", field="kind")
    if kind == schedules.SCHEDULE and schedule is None:
        raise Invalid("Say when this should run.", field="schedule")
    if kind != schedules.SCHEDULE and schedule is not None:
        raise Invalid(f"A start of the kind “{kind}” has no schedule.", field="schedule")
    if schedule is not None and not all(map(is_country, schedule.calendars)):
        surroundings.calendars(uow.connection).days_off(schedule.calendars)  # refuses what is gone


def _config(schedule: Schedule | None, signed: bool) -> dict[str, Any]:
    if schedule is not None:
        return {"schedule": to_document(schedule)}
    return {"signed": True} if signed else {}


def _refuse_unless_webhook(row: Row[Any]) -> None:
    if row.kind != "webhook":
        raise Invalid(f"“{row.name}” has no web address, so nothing is signed.", field="signed")


def _refuse_too_many(uow: UnitOfWork, workflow_id: str) -> None:
    kept = select(func.count()).where(Trigger.workflow_id == workflow_id, Trigger.removed_at.is_(None))
    if uow.execute(kept).scalar_one() >= MAX_STARTS:
        raise Invalid(f"A workflow can have {MAX_STARTS} starts. Remove one first.", code="too_many")


def _held(uow: UnitOfWork, trigger_id: str, seen: datetime | None) -> Row[Any]:
    """Lock its workflow, and read it only then."""
    workflows.locked(uow, get(uow, trigger_id).workflow_id)
    row = get(uow, trigger_id)
    if seen is not None and seen != row.updated_at:
        raise Conflict("Someone else changed this start in the meantime. Read it again, then change it.")
    return row


def _refuse_taken(uow: UnitOfWork, row: Row[Any], name: str) -> None:
    """The workflow is locked, so nobody can take the name between this and the update."""
    taken = select(Trigger.id).where(
        Trigger.workflow_id == row.workflow_id, Trigger.name == name, Trigger.removed_at.is_(None)
    )
    if uow.execute(taken).first():
        raise _taken(name)


def _taken(name: str) -> Invalid:
    return Invalid(f"This workflow already has a start called “{name}”. Choose another name.",
                   field="name", code="taken")


def _changed(
    uow: UnitOfWork, workflow_id: str, trigger_id: str, *, by: str | None, action: str,
    details: Mapping[str, Any], at: datetime,
) -> None:
    schedules.sync(uow, workflow_id, at)
    audit.record(uow, by, action, "trigger", trigger_id, details, at)
    uow.record(Change(WORKFLOW, at, workflow_id))
