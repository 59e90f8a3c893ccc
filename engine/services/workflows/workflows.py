"""Making, publishing, switching and deleting workflows. Each keeps the schedules in step."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, select, update

from engine.db import UnitOfWork
from engine.domain.errors import Conflict, Invalid, NotFound
from engine.domain.events import WORKFLOW, Change
from engine.domain.ids import new_id
from engine.domain.runs.states import ARCHIVED, DRAFT, OFF, ON, PAUSED, PENDING, WAITING
from engine.domain.workflows.limits import Limits
from engine.domain.workflows.retention import Retention
from engine.models import IS_LIVE, Execution, Trigger, Workflow
from engine.services import audit
from engine.services.inserts import insert
from engine.services.planning import schedules
from engine.services.runs import executions

_AS_USUAL: Final = Retention()
_MOST_TWINS: Final = 1000
_JUST: Final = timedelta(microseconds=1)
# Pages have these addresses under /workflows already.
_TAKEN_SLUGS: Final = ("new", "import")


def create(
    uow: UnitOfWork, *, owner_id: str, name: str, steps: Sequence[Mapping[str, Any]],
    limits: Mapping[str, Any], at: datetime, notes: str = "", retention: Retention = _AS_USUAL,
) -> str:
    """Add a workflow as a draft without starts and return its id."""
    workflow_id = new_id(at)
    row = {
        "id": workflow_id, "owner_id": owner_id, "name": name, "notes": notes, "state": DRAFT,
        "draft": list(steps), "draft_rev": 0, "created_at": at, "updated_at": at,
        "retention": retention.own(), **limits,
    }
    statement = insert(uow, Workflow).on_conflict_do_nothing(index_elements=["slug"])
    slugs = _slugs(name)
    while not uow.moved(statement.values(**row, slug=next(slugs))):
        continue
    audit.record(uow, owner_id, "workflow.created", "workflow", workflow_id, {"name": name}, at)
    return workflow_id


def save_draft(
    uow: UnitOfWork, workflow_id: str, steps: Sequence[Mapping[str, Any]], *, rev: int, by: str,
    at: datetime,
) -> int:
    """Replace the draft saved as `rev` and return the new revision.

    Raises `Conflict` when someone else saved in between.
    """
    locked(uow, workflow_id)
    moved = uow.moved(
        update(Workflow).where(Workflow.id == workflow_id, Workflow.draft_rev == rev)
        .values(draft=list(steps), draft_rev=rev + 1, updated_at=at)
    )
    if not moved:
        raise Conflict("Someone else changed these steps in the meantime. Reload to see them.")
    _changed(uow, workflow_id, by, "workflow.draft_saved", {"rev": rev + 1}, at)
    return rev + 1


def edit(uow: UnitOfWork, workflow_id: str, changes: Mapping[str, Any], *, by: str, at: datetime) -> None:
    """Change name, notes, limits or retention; the slug stays, so that links keep working."""
    locked(uow, workflow_id)
    unknown = changes.keys() - {"name", "notes", "retention", *Limits.model_fields}
    if unknown:
        raise Invalid(f"There is no setting called {sorted(unknown)[0]}.", field=sorted(unknown)[0])
    uow.execute(
        update(Workflow).where(Workflow.id == workflow_id).values(**changes, updated_at=at)
    )
    schedules.sync(uow, workflow_id, at)
    _changed(uow, workflow_id, by, "workflow.edited", dict(changes), at)


def switch(
    uow: UnitOfWork, workflow_id: str, state: str, *, by: str, at: datetime,
    until: datetime | None = None, note: str = "",
) -> None:
    """Turn a workflow on, off, or pause it (`until` None: until someone resumes it).

    Raises `Conflict` for turning on what has no live version.
    """
    row = locked(uow, workflow_id)
    if state not in (ON, OFF, PAUSED):
        raise Invalid("Choose on, paused or off.", field="state")
    if state != OFF and row.live_version_id is None:
        raise Conflict("This workflow has no live version yet. Make it live first.")
    if state == PAUSED and until is not None and until <= at:
        raise Invalid("Choose a time in the future, or leave it empty.", field="until")
    paused = state == PAUSED
    uow.execute(
        update(Workflow).where(Workflow.id == workflow_id).values(
            state=state, paused_until=until if paused else None, paused_by=by if paused else None,
            paused_note=note if paused else "", updated_at=at,
        )
    )
    schedules.sync(uow, workflow_id, at)
    details = {"note": note, "until": until.isoformat() if paused and until else ""}
    told = {name: text for name, text in details.items() if text}
    _changed(uow, workflow_id, by, f"workflow.{state}", told or None, at)


def resume_due(uow: UnitOfWork, at: datetime) -> int:
    """Turn on the workflows whose pause has run out; return how many.

    They are planned from the end of the pause, however late this comes: what the app being off made
    them miss since then is missed as usual.
    """
    over = (Workflow.state == PAUSED, Workflow.paused_until <= at)
    found = uow.execute(select(Workflow.id, Workflow.paused_until).where(*over).with_for_update()).all()
    for row in found:
        uow.execute(
            update(Workflow).where(Workflow.id == row.id)
            .values(state=ON, paused_until=None, paused_by=None, paused_note="", updated_at=at)
        )
        schedules.sync(uow, row.id, at, since=row.paused_until - _JUST)
        _changed(uow, row.id, None, "workflow.resumed", {"because": "the pause ran out"}, at)
    return len(found)


def delete(uow: UnitOfWork, workflow_id: str, *, by: str, at: datetime) -> None:
    """Put a workflow away: its starts end, what waits is stopped, what runs finishes, history stays."""
    row = locked(uow, workflow_id)
    uow.execute(
        update(Trigger).where(Trigger.workflow_id == workflow_id, Trigger.removed_at.is_(None))
        .values(removed_at=at, enabled=False)
    )
    uow.execute(
        update(Workflow).where(Workflow.id == workflow_id).values(
            state=ARCHIVED, slug=f"{row.slug[:80]}~{workflow_id}", paused_until=None, updated_at=at
        )
    )
    schedules.sync(uow, workflow_id, at)
    queued = select(Execution.id).where(
        IS_LIVE, Execution.workflow_id == workflow_id, Execution.status.in_((PENDING, WAITING))
    )
    executions.cancel_all(uow, uow.execute(queued).scalars().all(), by="the deletion of its workflow", at=at)
    _changed(uow, workflow_id, by, "workflow.deleted", {"name": row.name}, at)


def locked(uow: UnitOfWork, workflow_id: str) -> Row[Any]:
    """Return the row, held against other changes until the commit; raises `NotFound`.

    `key_share` lets rows that refer to it be added meanwhile, else dispatching could wait in a circle.
    """
    row = uow.execute(
        select(*Workflow.__table__.columns).where(Workflow.id == workflow_id).with_for_update(key_share=True)
    ).one_or_none()
    if row is None or row.state == ARCHIVED:
        raise NotFound("There is no such workflow.")
    return row


def _changed(
    uow: UnitOfWork, workflow_id: str, by: str | None, action: str,
    details: Mapping[str, Any] | None, at: datetime,
) -> None:
    audit.record(uow, by, action, "workflow", workflow_id, details, at)
    uow.record(Change(WORKFLOW, at, workflow_id))


def _slugs(name: str) -> Any:
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    base = re.sub(r"[^a-z0-9]+", "-", ascii_name.lower()).strip("-")[:60] or "workflow"
    if base not in _TAKEN_SLUGS:
        yield base
    for number in range(2, _MOST_TWINS):
        yield f"{base}-{number}"
    raise Conflict("There are too many workflows of this name. Choose another one.", field="name")
