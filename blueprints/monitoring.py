"""The list of all runs, live."""

from apiflask import APIBlueprint
from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from blueprints import run_list, run_words
from blueprints.extensions import reading
from blueprints.partials import wants_partial
from engine import clock
from engine.queries import changes, executions, workflows
from engine.queries.visibility import may_see

bp = APIBlueprint("monitoring", __name__, enable_openapi=False)


@bp.get("/monitoring")
def index() -> ResponseReturnValue:
    at = clock.now()
    cursor = changes.cursor(reading(), at)
    asked = run_list.asked_for(reading(), current_user, request.args)
    shown = run_list.shown(reading(), current_user, asked, at)
    if wants_partial():
        return render_template("monitoring/_rows.html" if asked.before else "monitoring/_list.html", **shown)
    visible = may_see(current_user)
    return render_template(
        "monitoring/index.html", **shown, asked=request.args, chosen=asked.narrowed.status or "",
        switches=run_list.SWITCHES, counts=executions.live_counts(reading(), visible),
        workflows=workflows.page(reading(), visible, limit=run_list.MOST_WORKFLOWS),
        starters=run_words.STARTERS, cursor=cursor, query=request.query_string.decode(),
    )
