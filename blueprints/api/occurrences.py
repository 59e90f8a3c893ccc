"""Due times of a start for programs: looked back on, looked ahead to, decided about one by one."""

from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from apiflask import APIBlueprint
from flask_login import current_user

from blueprints.schemas import occurrences as schemas
from blueprints.schemas.base import Answer
from blueprints.shared.extensions import reading, writing
from blueprints.shared.security import requires
from engine import clock
from engine.db import UnitOfWork
from engine.domain.errors import Conflict, Invalid, NotFound
from engine.domain.runs.states import INPUTS, MOVE, RUN_EARLY, SKIP
from engine.queries.times import why
from engine.queries.visibility import authorize_trigger
from engine.services.due import overrides

bp = APIBlueprint("api_occurrences", __name__, url_prefix="/api/triggers/<trigger_id>/occurrences",
                  tag="Occurrences")

_LONGEST: Final = timedelta(days=31)
_USUAL: Final = timedelta(days=7)


@bp.get("")
@bp.input(schemas.OccurrenceQuery, location="query", arg_name="query")
@bp.output(schemas.OccurrenceList)
@bp.doc(security="token")
def index(trigger_id: str, query: schemas.OccurrenceQuery) -> Answer:
    """List due times with what became of them, or what is planned, and why."""
    authorize_trigger(reading(), current_user, trigger_id)
    at, zone = clock.now(), current_user.timezone
    start = query.start or at
    end = query.end or start + _USUAL
    if not start < end <= start + _LONGEST:
        raise Invalid(f"Ask for a time of at most {_LONGEST.days} days after “from”.", field="to")
    days = [why.day(reading(), trigger_id, day, at, zone) for day in _days(start, end, zone)]
    lines = [line for day in days for line in day.lines if start <= line.scheduled_at < end]
    return schemas.OccurrenceList(
        timezone=zone, is_complete=all(day.is_complete for day in days),
        occurrences=[schemas.Occurrence(
            scheduled_at=line.scheduled_at, kind=line.kind, reason=line.reason, sentence=line.sentence,
            run_id=line.execution_id) for line in lines],
    )


@bp.put("/<moment>")
@bp.input(schemas.Decision, arg_name="decision")
@bp.output(schemas.Decided)
@bp.doc(security="token")
@requires("operator")
def decide(trigger_id: str, moment: str, decision: schemas.Decision) -> Answer:
    """Skip one time to come, move it, run it now instead, or give it other inputs; the others stay."""
    scheduled_at = _moment(moment)
    with writing() as uow:
        authorize_trigger(uow.connection, current_user, trigger_id, "operator")
        run_id = _carry_out(uow, trigger_id, scheduled_at, decision)
    return schemas.Decided(scheduled_at=scheduled_at, action=decision.action, move_to=decision.move_to,
                           note=decision.note, run_id=run_id)


@bp.delete("/<moment>")
@bp.output({}, status_code=204)
@bp.doc(security="token")
@requires("operator")
def undo(trigger_id: str, moment: str) -> Answer:
    """Take a decision back while its time is still to come."""
    with writing() as uow:
        authorize_trigger(uow.connection, current_user, trigger_id, "operator")
        overrides.undo(uow, trigger_id, _moment(moment), by=current_user.id, at=clock.now())
    return ""


def _carry_out(
    uow: UnitOfWork, trigger_id: str, scheduled_at: datetime, decision: schemas.Decision
) -> str | None:
    _refuse_misfits(decision)
    at, by, note = clock.now(), current_user.id, decision.note
    if decision.action == SKIP:
        overrides.skip(uow, trigger_id, scheduled_at, by=by, at=at, note=note)
    elif decision.action == RUN_EARLY:
        return overrides.run_early(uow, trigger_id, scheduled_at, by=by, at=at, note=note,
                                   inputs=decision.inputs, started_by="api")
    elif decision.move_to is not None:
        _move(uow, trigger_id, scheduled_at, decision.move_to, decision, at)
    else:
        overrides.change_inputs(uow, trigger_id, scheduled_at, decision.inputs or {}, by=by, at=at, note=note)
    return None


def _move(
    uow: UnitOfWork, trigger_id: str, scheduled_at: datetime, to: datetime, decision: schemas.Decision,
    at: datetime,
) -> None:
    try:
        overrides.move(uow, trigger_id, scheduled_at, to, by=current_user.id, at=at, note=decision.note,
                       inputs=decision.inputs)
    except (Invalid, Conflict) as error:
        field = "moveTo" if error.field == "to" else error.field
        raise type(error)(error.message, field=field, code=error.error_code) from error


def _refuse_misfits(decision: schemas.Decision) -> None:
    if (decision.action == MOVE) != (decision.move_to is not None):
        raise Invalid("Send “moveTo” to move a time, and only then.", field="moveTo", code="missing")
    if decision.action == INPUTS and not decision.inputs:
        raise Invalid("Send “inputs” with the values to change.", field="inputs", code="missing")
    if decision.action == SKIP and decision.inputs:
        raise Invalid("A time that is skipped takes no “inputs”.", field="inputs")


def _days(start: datetime, end: datetime, zone: str) -> list[date]:
    first, last = (moment.astimezone(ZoneInfo(zone)).date() for moment in (start, end))
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _moment(written: str) -> datetime:
    try:
        found = datetime.fromisoformat(written)
        if found.tzinfo is None:
            raise ValueError(written)
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise NotFound("Name the time with its zone, like 2026-12-24T18:00:00Z.") from None
