"""The emergency brake for programs."""

from apiflask import APIBlueprint
from flask_login import current_user

from blueprints.schemas import brake as schemas
from blueprints.schemas.base import Answer
from blueprints.shared.extensions import reading, writing
from blueprints.shared.security import requires
from engine import clock
from engine.queries.runs import braked
from engine.queries.server import brake as queries
from engine.queries.visibility import may_see
from engine.services.runs import brake

bp = APIBlueprint("api_brake", __name__, url_prefix="/api/brake", tag="Brake")


@bp.get("")
@bp.output(schemas.Brake)
@bp.doc(security="token")
def show() -> Answer:
    """Say whether everything is held, by whom and why."""
    return _brake()


@bp.put("")
@bp.input(schemas.Pull, arg_name="pull")
@bp.output(schemas.Brake)
@bp.doc(security="token")
@requires("admin")
def put(pull: schemas.Pull) -> Answer:
    """Hold whatever nobody stands beside. Sent again, reason and end are replaced."""
    with writing() as uow:
        brake.pull(uow, reason=pull.reason, by=current_user.id, at=clock.now(), until=pull.until,
                   stop_running=pull.stop_running)
    return _brake()


@bp.delete("")
@bp.output({}, status_code=204)
@bp.doc(security="token")
@requires("admin")
def delete() -> Answer:
    """Let go. Runs that were asked for meanwhile begin; planned times that were held do not run now."""
    with writing() as uow:
        brake.release(uow, by=current_user.id, at=clock.now())
    return ""


def _brake() -> schemas.Brake:
    found = queries.current(reading())
    if found is None or not found.holds(clock.now()):
        return schemas.Brake(is_on=False)
    connection, visible = reading(), may_see(current_user)
    return schemas.Brake(
        is_on=True, **vars(found),
        held=[schemas.HeldTime.model_validate(row) for row in queries.held(connection, visible, found.since)],
        runs=[schemas.WaitingRun.model_validate(row) for row in braked.waiting(connection, visible)],
        runs_waiting=braked.count_waiting(connection, visible),
    )
