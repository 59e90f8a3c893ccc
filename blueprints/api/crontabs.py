"""Crontabs brought in by programs."""

from apiflask import APIBlueprint
from flask_login import current_user

from blueprints.schemas import crontabs as schemas
from blueprints.schemas.base import Answer
from blueprints.shared.extensions import reading, writing
from blueprints.shared.security import requires
from blueprints.workflows.crontabs import Line, lines_of
from engine import clock
from engine.domain.workflows.crontab_drafts import drafts_of, plan_import
from engine.domain.workflows.crontabs import USER_COLUMN
from engine.queries.server import scripts
from engine.services.workflows import crontab_imports

bp = APIBlueprint("api_crontabs", __name__, url_prefix="/api/workflows", tag="Workflows")


@bp.post("/import-crontab")
@bp.input(schemas.CrontabOrder, arg_name="order")
@bp.output(schemas.ReadCrontab, status_code=201)
@bp.doc(security="token")
@requires("editor")
def bring_in(order: schemas.CrontabOrder) -> Answer:
    """Make a draft of every job in a crontab; nothing is switched on."""
    at = clock.now()
    plan = plan_import(order.text, at=at, timezone=order.timezone or current_user.timezone,
                       has_user=USER_COLUMN[order.user_column])
    with writing() as uow:
        made = crontab_imports.bring_in(uow, drafts_of(plan), owner_id=current_user.id, at=at)
    return schemas.ReadCrontab(made=len(made), scripts_allowed=scripts.are_allowed(reading()),
                               lines=[_line(line) for line in lines_of(plan, made)])


def _line(line: Line) -> schemas.ReadLine:
    made = line.made
    return schemas.ReadLine(
        line=line.number, text=line.text, workflow_id=made.workflow_id if made else None,
        slug=made.slug if made else None, name=line.name or None, sentence=line.sentence or None,
        step=line.step or None, why=line.why,
    )
