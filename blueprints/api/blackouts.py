"""Blackouts for programs."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from apiflask import APIBlueprint
from flask_login import current_user
from sqlalchemy import Row

from blueprints.schemas import blackouts as schemas
from blueprints.schemas.base import Answer
from blueprints.shared.extensions import reading, writing
from blueprints.shared.security import requires
from engine import clock
from engine.domain.time.clock_changes import ClockChange, instant
from engine.queries.times import blackouts as queries
from engine.queries.visibility import authorize_blackout, may_see
from engine.services.planning import blackouts
from engine.services.planning.blackouts import Terms

bp = APIBlueprint("api_blackouts", __name__, url_prefix="/api/blackouts", tag="Blackouts")


@bp.get("")
@bp.output(schemas.BlackoutList)
@bp.doc(security="token")
def index() -> Answer:
    """List the blackouts that are not over."""
    found = queries.since(reading(), may_see(current_user), clock.now())
    return schemas.BlackoutList(blackouts=[_shape(one) for one in found])


@bp.post("")
@bp.input(schemas.NewBlackout, arg_name="new")
@bp.output(schemas.Blackout, status_code=201)
@bp.doc(security="token")
@requires("editor")
def create(new: schemas.NewBlackout) -> Answer:
    """Add a blackout. One for all workflows needs an administrator."""
    zone = _zone(current_user.timezone, new.start, new.end)
    terms = Terms(new.name, _local(new.start, zone), _local(new.end, zone), zone, new.note, new.workflow_ids)
    with writing() as uow:
        authorize_blackout(uow.connection, current_user, new.workflow_ids)
        blackout_id = blackouts.add(uow, terms, by=current_user.id, at=clock.now())
    return _blackout(blackout_id)


@bp.get("/<blackout_id>")
@bp.output(schemas.Blackout)
@bp.doc(security="token")
def show(blackout_id: str) -> Answer:
    """Show a blackout."""
    return _blackout(blackout_id)


@bp.patch("/<blackout_id>")
@bp.input(schemas.BlackoutChanges, arg_name="changes")
@bp.output(schemas.Blackout)
@bp.doc(security="token")
@requires("editor")
def change(blackout_id: str, changes: schemas.BlackoutChanges) -> Answer:
    """Change a blackout; the starts it concerns get their new next time."""
    with writing() as uow:
        row = queries.by_id(uow.connection, may_see(current_user), blackout_id).row
        terms = _changed(row, changes)
        for ids in (row.workflow_ids, terms.workflow_ids):
            authorize_blackout(uow.connection, current_user, ids)
        blackouts.edit(uow, blackout_id, terms, by=current_user.id, at=clock.now())
    return _blackout(blackout_id)


@bp.delete("/<blackout_id>")
@bp.output({}, status_code=204)
@bp.doc(security="token")
@requires("editor")
def delete(blackout_id: str) -> Answer:
    """Take a blackout away; times it held back that are still to come run again."""
    with writing() as uow:
        row = queries.by_id(uow.connection, may_see(current_user), blackout_id).row
        authorize_blackout(uow.connection, current_user, row.workflow_ids)
        blackouts.remove(uow, blackout_id, by=current_user.id, at=clock.now())
    return ""


def _changed(row: Row[Any], changes: schemas.BlackoutChanges) -> Terms:
    start, end = changes.start or row.starts_at, changes.end or row.ends_at
    zone, ids = _zone(row.timezone, start, end), row.workflow_ids
    return Terms(
        changes.name or row.name, _local(start, zone), _local(end, zone), zone,
        row.note if changes.note is None else changes.note,
        changes.workflow_ids if "workflow_ids" in changes.model_fields_set else ids,
    )


def _zone(zone: str, *moments: datetime) -> str:
    """Return the zone in which to keep moments; UTC for one in an hour that comes twice there."""
    exact = all(instant(_local(moment, zone), zone, ClockChange()) == moment for moment in moments)
    return zone if exact else "UTC"


def _local(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def _blackout(blackout_id: str) -> schemas.Blackout:
    return _shape(queries.by_id(reading(), may_see(current_user), blackout_id))


def _shape(one: queries.Shown) -> schemas.Blackout:
    row = one.row
    seen = None if one.workflows is None else [workflow.id for workflow in one.workflows]
    return schemas.Blackout(id=row.id, name=row.name, start=row.starts_at, end=row.ends_at,
                            timezone=row.timezone, note=row.note, workflow_ids=seen)
