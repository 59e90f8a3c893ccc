"""What was missed while the app was off, for programs: read, run after all, or let go."""

from apiflask import APIBlueprint
from flask_login import current_user

from blueprints.home import downtime as downtime_shown
from blueprints.schemas import missed as schemas
from blueprints.schemas.base import Answer
from blueprints.shared.extensions import reading, writing
from blueprints.shared.security import requires
from engine import clock
from engine.db import UnitOfWork
from engine.domain.errors import Invalid
from engine.queries.overview import downtime
from engine.queries.visibility import may_see
from engine.services.due import outages

bp = APIBlueprint("api_missed", __name__, url_prefix="/api/missed", tag="Missed")


@bp.get("")
@bp.output(schemas.MissedList)
@bp.doc(security="token")
def index() -> Answer:
    """List what was missed, by outage and start, and what waits for an answer."""
    visible = may_see(current_user)
    found = downtime_shown.sections(reading(), visible, clock.now())
    return schemas.MissedList(
        outages=[schemas.MissedSection(
            start=section.outage.started_at if section.outage else None,
            end=section.outage.ended_at if section.outage else None,
            starts=[schemas.missed_start(start) for start in section.starts],
        ) for section in found],
        asking=[schemas.MissedTime.model_validate(row) for row in downtime.asked(reading(), visible)],
    )


@bp.post("/run")
@bp.input(schemas.Answered, arg_name="answered")
@bp.output(schemas.StartedRuns, status_code=202)
@bp.doc(security="token")
@requires("operator")
def run(answered: schemas.Answered) -> Answer:
    """Run missed times after all; those of one start come one after the other."""
    with writing() as uow:
        started = outages.run_missed(uow, _meant(uow, answered), by=current_user.id, at=clock.now())
    return schemas.StartedRuns(run_ids=started)


@bp.post("/dismiss")
@bp.input(schemas.Answered, arg_name="answered")
@bp.output(schemas.Dismissed)
@bp.doc(security="token")
@requires("operator")
def dismiss(answered: schemas.Answered) -> Answer:
    """Let missed times go."""
    with writing() as uow:
        gone = outages.dismiss(uow, _meant(uow, answered), by=current_user.id, at=clock.now())
    return schemas.Dismissed(dismissed=gone)


def _meant(uow: UnitOfWork, answered: schemas.Answered) -> list[str]:
    """Return the times meant, of those the account may see; raises `NotFound` for any other."""
    visible = may_see(current_user)
    if (answered.ids is None) != answered.asking:
        raise Invalid("Send either “ids” or “asking”: true.", field="ids", code="missing")
    if answered.ids is None:
        return [row.id for row in downtime.asked(uow.connection, visible)]
    return downtime.seen(uow.connection, visible, answered.ids)
