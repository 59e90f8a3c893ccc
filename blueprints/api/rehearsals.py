"""A schedule played through before it happens."""

from datetime import datetime

from apiflask import APIBlueprint
from flask_login import current_user

from blueprints.schemas import rehearsals as schemas
from blueprints.schemas.base import Answer
from blueprints.schemas.schedules import read_schedule
from blueprints.shared.extensions import reading
from blueprints.shared.security import requires
from engine import clock
from engine.domain.due.rehearsal import rehearse
from engine.domain.errors import Invalid, NotFound
from engine.domain.schedules.schedules import Schedule, parse_schedule
from engine.domain.timetables.occurrences import Surroundings
from engine.queries.times import rehearsals, surroundings
from engine.queries.visibility import may_see
from engine.queries.workflows import workflows

bp = APIBlueprint("api_rehearsals", __name__, url_prefix="/api/schedules", tag="Schedules")


@bp.post("/rehearse")
@bp.input(schemas.RehearsalOrder, arg_name="order")
@bp.output(schemas.PlayedRehearsal)
@bp.doc(security="token")
@requires("viewer")
def play(order: schemas.RehearsalOrder) -> Answer:
    """Play the coming days through under each rule for runs that are still going. Starts nothing."""
    at = clock.now()
    if (order.schedule is None) == (order.trigger_id is None):
        raise Invalid("Send either “schedule” or “triggerId”.", field="schedule", code="missing")
    durations = order.durations()
    if order.trigger_id is None:
        schedule = read_schedule(order.schedule or {}, at, current_user.timezone)
        around = Surroundings(surroundings.calendars(reading()))
    else:
        start = workflows.trigger(reading(), may_see(current_user), order.trigger_id)
        schedule = _stored(start.config, at)
        around = surroundings.one(reading(), start.id, after=at)
        durations = durations or rehearsals.past_durations(reading(), start.workflow_id)
    if not durations:
        raise Invalid("Send how long a run takes.", field="durationsSeconds", code="missing")
    seen = rehearse(schedule, durations, at, days=order.days, around=around)
    return schemas.played(seen, durations, schedule.policies.overlap.rule)


def _stored(config: dict[str, dict[str, object]], at: datetime) -> Schedule:
    if "schedule" not in config:
        raise NotFound("There is no such schedule.")
    return parse_schedule(config["schedule"], at=at, stored=True)
