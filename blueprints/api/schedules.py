"""What a schedule means, before anything is kept."""

from apiflask import APIBlueprint
from flask_login import current_user

from blueprints.schemas import schedules as schemas
from blueprints.schemas.base import Answer
from blueprints.security import requires
from engine import clock
from engine.domain.occurrences import occurrences
from engine.domain.schedules import to_document
from engine.domain.sentences import sentence, warnings

bp = APIBlueprint("api_schedules", __name__, url_prefix="/api/schedules", tag="Schedules")


@bp.post("/preview")
@bp.input(schemas.PreviewOrder, arg_name="order")
@bp.output(schemas.Preview)
@bp.doc(security="token")
@requires("viewer")
def preview(order: schemas.PreviewOrder) -> Answer:
    """Say a schedule in words and list its next times."""
    at = clock.now()
    schedule = schemas.read_schedule(order.schedule, at, current_user.timezone)
    return schemas.Preview(
        schedule=to_document(schedule), sentence=sentence(schedule),
        next=list(occurrences(schedule, order.after or at, limit=order.count)),
        warnings=[schemas.Warning.model_validate(warning) for warning in warnings(schedule, at)],
    )
