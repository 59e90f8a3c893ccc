"""Starts of workflows as JSON. A change takes effect when it is saved."""

from apiflask import APIBlueprint
from flask_login import current_user

from blueprints.schemas import triggers as schemas
from blueprints.schemas.base import Answer
from blueprints.schemas.schedules import read_schedule
from blueprints.shared.extensions import reading, writing
from blueprints.shared.security import requires
from engine import clock
from engine.domain.workflows.starts import parse_start
from engine.queries.visibility import authorize_trigger, authorize_workflow, may_see
from engine.queries.workflows import workflows as queries
from engine.services.workflows import triggers

bp = APIBlueprint("api_triggers", __name__, url_prefix="/api", tag="Triggers")


@bp.get("/workflows/<workflow_id>/triggers")
@bp.output(schemas.TriggerList)
@bp.doc(security="token")
def index(workflow_id: str) -> Answer:
    """List the starts of a workflow."""
    authorize_workflow(reading(), current_user, workflow_id)
    rows = queries.triggers(reading(), workflow_id)
    return schemas.TriggerList(triggers=[schemas.trigger(row) for row in rows])


@bp.post("/workflows/<workflow_id>/triggers")
@bp.input(schemas.NewTrigger, arg_name="new")
@bp.output(schemas.Trigger, status_code=201)
@bp.doc(security="token")
@requires("editor")
def create(workflow_id: str, new: schemas.NewTrigger) -> Answer:
    """Add a start to a workflow."""
    at = clock.now()
    start = parse_start(new.written(), at=at, timezone=current_user.timezone)
    with writing() as uow:
        authorize_workflow(uow.connection, current_user, workflow_id, "editor")
        trigger_id = triggers.add(
            uow, workflow_id, name=start.name, kind=start.kind, schedule=start.schedule,
            inputs=start.inputs, enabled=start.enabled, signed=start.signed, by=current_user.id, at=at,
        )
    return _trigger(trigger_id)


@bp.get("/triggers/<trigger_id>")
@bp.output(schemas.Trigger)
@bp.doc(security="token")
def show(trigger_id: str) -> Answer:
    """Show a start and where its schedule stands."""
    return _trigger(trigger_id)


@bp.patch("/triggers/<trigger_id>")
@bp.input(schemas.TriggerChanges, arg_name="changes")
@bp.output(schemas.Trigger)
@bp.doc(security="token")
@requires("editor")
def change(trigger_id: str, changes: schemas.TriggerChanges) -> Answer:
    """Change a start. Another start's next run never moves by it.

    With `updatedAt` it is changed only if nobody else has changed it since.
    """
    at, given = clock.now(), changes.schedule
    schedule = None if given is None else read_schedule(given, at, current_user.timezone)
    with writing() as uow:
        authorize_trigger(uow.connection, current_user, trigger_id, "editor")
        triggers.edit(
            uow, trigger_id, name=changes.name, inputs=changes.inputs, enabled=changes.enabled,
            schedule=schedule, signed=changes.signed, seen=changes.updated_at, by=current_user.id, at=at,
        )
    return _trigger(trigger_id)


@bp.delete("/triggers/<trigger_id>")
@bp.output({}, status_code=204)
@bp.doc(security="token")
@requires("editor")
def delete(trigger_id: str) -> Answer:
    """Take a start away; what it did stays readable."""
    with writing() as uow:
        authorize_trigger(uow.connection, current_user, trigger_id, "editor")
        triggers.remove(uow, trigger_id, by=current_user.id, at=clock.now())
    return ""


def _trigger(trigger_id: str) -> schemas.Trigger:
    return schemas.trigger(queries.trigger(reading(), may_see(current_user), trigger_id))
