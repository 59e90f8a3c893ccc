"""The JSON answers that show one run."""

from flask_login import current_user

from blueprints.schemas import executions as schemas
from blueprints.shared.extensions import reading
from engine import clock
from engine.queries.overview import attention
from engine.queries.runs import executions, holds, related, repeats, steps
from engine.queries.visibility import may_see


def started(execution_id: str) -> schemas.StartedExecution:
    """Show a run that was just asked for."""
    (row,) = executions.rows(reading(), may_see(current_user), [execution_id])
    at = clock.now()
    return schemas.started(row, holds.of(reading(), [row], at).get(row.id), at)


def whole(execution_id: str, position: str | None = None) -> schemas.Execution:
    """Show a run, of its steps and lines those at `position` if that is given.

    Raises `NotFound` also for what the reader may not see.
    """
    visible, at = may_see(current_user), clock.now()
    run = executions.run(reading(), visible, execution_id, position=position)
    chain = repeats.chain(reading(), visible, execution_id)
    children = related.children(reading(), visible, execution_id)
    reached = steps.reached(reading(), execution_id, position)
    hold = holds.of(reading(), [run.row], at).get(execution_id)
    ignored = attention.ignored(reading(), [execution_id]).get(execution_id)
    return schemas.execution(run, reached, chain, children, hold, at, ignored=ignored)
