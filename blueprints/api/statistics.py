"""Figures of ended runs for programs."""

from apiflask import APIBlueprint
from flask_login import current_user

from blueprints.schemas import statistics as schemas
from blueprints.schemas.base import Answer
from blueprints.shared.extensions import reading
from engine import clock
from engine.queries.overview import statistics as queries
from engine.queries.overview.failing_steps import failing_steps
from engine.queries.visibility import authorize_workflow, may_see

bp = APIBlueprint("api_statistics", __name__, url_prefix="/api/statistics", tag="Statistics")


@bp.get("")
@bp.input(schemas.StatisticsQuery, location="query", arg_name="query")
@bp.output(schemas.Statistics)
@bp.doc(security="token")
def show(query: schemas.StatisticsQuery) -> Answer:
    """Say how runs went, how long they took and waited, with which steps they failed, and when they ended."""
    if query.workflow_id is not None:
        authorize_workflow(reading(), current_user, query.workflow_id)
    scope = queries.Scope(may_see(current_user), clock.now(), query.days, current_user.timezone,
                          query.workflow_id)
    return schemas.statistics(queries.figures(reading(), scope), failing_steps(reading(), scope))
