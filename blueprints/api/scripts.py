"""The switch for scripts, for programs."""

from apiflask import APIBlueprint
from flask_login import current_user

from blueprints.schemas import scripts as schemas
from blueprints.schemas.base import Answer
from blueprints.shared.extensions import reading, writing
from blueprints.shared.security import requires
from engine import clock
from engine.queries.server import scripts as queries
from engine.services.server import scripts as services

bp = APIBlueprint("api_scripts", __name__, url_prefix="/api/scripts", tag="Scripts")


@bp.get("")
@bp.output(schemas.Scripts)
@bp.doc(security="token")
def show() -> Answer:
    """Say whether steps may run scripts on this server."""
    return schemas.Scripts(allowed=queries.are_allowed(reading()))


@bp.put("")
@bp.input(schemas.Allow, arg_name="order")
@bp.output(schemas.Scripts)
@bp.doc(security="token")
@requires("admin")
def put(order: schemas.Allow) -> Answer:
    """Let scripts run, or no longer. A run that comes to one then fails with `script.off`."""
    with writing() as uow:
        services.allow(uow, order.allowed, by=current_user.id, at=clock.now())
    return schemas.Scripts(allowed=queries.are_allowed(reading()))
