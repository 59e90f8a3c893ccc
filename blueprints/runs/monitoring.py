"""The list of all runs, live."""

from typing import Final

from apiflask import APIBlueprint
from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from blueprints.runs import run_list, words
from blueprints.shared.extensions import reading
from blueprints.shared.partials import wants_partial
from engine import clock
from engine.queries.overview import changes
from engine.queries.overview.failing_steps import step_name
from engine.queries.runs import bulk, executions
from engine.queries.runs.executions import Filter
from engine.queries.visibility import may_see
from engine.queries.workflows import names, workflows

bp = APIBlueprint("monitoring", __name__, enable_openapi=False)


_MOST_COUNTED: Final = 10_000


@bp.get("/monitoring")
def index() -> ResponseReturnValue:
    at = clock.now()
    cursor = changes.cursor(reading(), at)
    asked = run_list.asked_for(reading(), current_user, request.args)
    shown = run_list.shown(reading(), current_user, asked, at)
    if wants_partial():
        return render_template("monitoring/_rows.html" if asked.before else "monitoring/_list.html", **shown)
    visible, workflow_id = may_see(current_user), asked.narrowed.workflow_id
    queued = bulk.queued(reading(), workflow_id, _MOST_COUNTED) if workflow_id else 0
    return render_template(
        "monitoring/index.html", **shown, asked=request.args, chosen=asked.chosen,
        switches=run_list.SWITCHES, counts=executions.live_counts(reading(), visible),
        workflows=names.to_choose(reading(), visible, run_list.MOST_WORKFLOWS,
                                  names.doubled(reading(), visible)),
        starters=words.STARTERS, cursor=cursor, query=request.query_string.decode(),
        queued=queued, most_queued=_MOST_COUNTED, step_name=_step_name(asked.narrowed),
    )


def _step_name(narrowed: Filter) -> str | None:
    """Return what the step is called that these runs failed with; its key when it is not live any more."""
    if narrowed.workflow_id is None:
        return narrowed.step
    workflow = workflows.by_id(reading(), may_see(current_user), narrowed.workflow_id)
    return step_name(workflow.live_definition, narrowed.step or "") or narrowed.step
