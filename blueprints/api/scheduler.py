"""Schedules for programs that bring their own ids: registered, taken away, paused, looked back on."""

from datetime import datetime

from apiflask import APIBlueprint
from flask_login import current_user

from blueprints.schemas import scheduler as schemas
from blueprints.schemas.base import Answer
from blueprints.schemas.schedules import read_schedule
from blueprints.shared.extensions import reading, writing
from blueprints.shared.security import requires
from engine import clock
from engine.domain.errors import Invalid
from engine.domain.schedules.schedules import Schedule
from engine.queries.times import occurrences as queries
from engine.queries.visibility import authorize_trigger, authorize_workflow
from engine.services.workflows import registrations, triggers

bp = APIBlueprint("api_scheduler", __name__, url_prefix="/api/scheduler", tag="Scheduler")


@bp.post("/register")
@bp.input(schemas.Registration, arg_name="asked")
@bp.output(schemas.Done)
@bp.doc(security="token")
@requires("editor")
def register(asked: schemas.Registration) -> Answer:
    """Give a start its schedule; a start with a new id is added to the workflow."""
    at = clock.now()
    with writing() as uow:
        authorize_workflow(uow.connection, current_user, asked.workflow_id, "editor")
        registrations.register(
            uow, asked.workflow_id, asked.trigger_id, _schedule(asked, at), enabled=asked.enabled,
            by=current_user.id, at=at,
        )
    return schemas.Done(message="Schedule registered successfully")


@bp.post("/unregister")
@bp.input(schemas.Registered, arg_name="asked")
@bp.output(schemas.Done)
@bp.doc(security="token")
@requires("editor")
def unregister(asked: schemas.Registered) -> Answer:
    """Take a start away; its history stays."""
    with writing() as uow:
        authorize_trigger(uow.connection, current_user, asked.trigger_id, "editor")
        triggers.remove(uow, asked.trigger_id, by=current_user.id, at=clock.now())
    return schemas.Done(message="Schedule unregistered successfully")


@bp.post("/pause")
@bp.input(schemas.Pause, arg_name="asked")
@bp.output(schemas.Done)
@bp.doc(security="token")
@requires("editor")
def pause(asked: schemas.Pause) -> Answer:
    """Pause a schedule, or let it go on. What was due meanwhile is not made up for."""
    resumes = asked.action == "resume"
    with writing() as uow:
        authorize_trigger(uow.connection, current_user, asked.trigger_id, "editor")
        triggers.edit(uow, asked.trigger_id, enabled=resumes, by=current_user.id, at=clock.now())
    return schemas.Done(message=f"Schedule {'resumed' if resumes else 'paused'} successfully")


@bp.get("/history")
@bp.input(schemas.HistoryQuery, location="query", arg_name="query")
@bp.output(schemas.History)
@bp.doc(security="token")
def history(query: schemas.HistoryQuery) -> Answer:
    """Show what became of the due times of a start, newest first, with the figures over all of them."""
    authorize_trigger(reading(), current_user, query.trigger_id)
    rows = queries.history(reading(), query.trigger_id, limit=query.limit)
    return schemas.History(
        executions=[schemas.occurrence(row) for row in rows],
        stats=schemas.stats(queries.statistics(reading(), query.trigger_id)),
    )


def _schedule(asked: schemas.Registration, at: datetime) -> Schedule:
    zone = asked.timezone or current_user.timezone
    if asked.cron_expression is None and asked.schedule is None:
        raise Invalid("Send “cronExpression”, or “schedule” for other kinds.", field="cronExpression",
                      code="missing")
    if asked.cron_expression is not None and asked.schedule is not None:
        raise Invalid("Send either “cronExpression” or “schedule”, not both.", field="schedule",
                      code="ambiguous")
    if asked.schedule is not None:
        return read_schedule(asked.schedule, at, zone)
    document = {"cron": asked.cron_expression, "timezone": zone}
    return read_schedule(document, at, names={"cron": "cronExpression", "timezone": "timezone"})
