"""Making the draft live, the versions so far, and going back to one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from apiflask import APIBlueprint
from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import Row

from blueprints.shared.extensions import reading, writing
from blueprints.shared.forms import text
from blueprints.shared.security import requires
from blueprints.shown import starts
from blueprints.shown import steps as steps_shown
from blueprints.shown.changes import changes_in_words
from blueprints.workflows.pages import base_of, find, page
from engine import clock
from engine.domain.errors import Conflict, Invalid
from engine.domain.runs.states import DRAFT, RUNNING, WAITING
from engine.domain.steps.checks import check_steps
from engine.queries.runs import executions
from engine.queries.server.scripts import usable_kinds
from engine.queries.times import blackouts, upcoming
from engine.queries.visibility import may_see
from engine.queries.workflows import workflows
from engine.services.workflows import launches, versions

bp = APIBlueprint("versions", __name__, url_prefix="/workflows/<slug>", enable_openapi=False)

_SHOWN = 5
_MOST = 100


@bp.get("/live")
def review(slug: str) -> ResponseReturnValue:
    return _review(find(slug), clock.now())


@bp.post("/live")
@requires("editor")
def make_live(slug: str) -> ResponseReturnValue:
    at, workflow = clock.now(), find(slug)
    try:
        with writing() as uow:
            _refuse_unseen(find(slug, uow.connection))
            number = launches.launch(
                uow, workflow.id, by=current_user.id, at=at, timezone=current_user.timezone,
                note=text("note")[:500], first_run=bool(request.form.get("first_run")),
            )
    except Conflict as error:
        flash(error.message, "bad")
        return redirect(f"{base_of(workflow)}/live", 303)
    except Invalid:
        return _review(workflow, at), 422
    was_draft = workflow.state == DRAFT
    flash(f"{workflow.name} is live and on." if was_draft else f"Version {number} is live.", "ok")
    return redirect(base_of(workflow), 303)


@bp.get("/versions")
def index(slug: str) -> ResponseReturnValue:
    workflow = find(slug)
    found = workflows.versions(reading(), workflow.id)
    return page("versions/list.html", workflow, clock.now(), versions=found)


@bp.get("/versions/<int:number>")
def show(slug: str, number: int) -> ResponseReturnValue:
    workflow = find(slug)
    version = workflows.version(reading(), workflow.id, number)
    steps = version.definition["steps"]
    before = workflows.version(reading(), workflow.id, number - 1) if number > 1 else None
    return page(
        "versions/show.html", workflow, clock.now(), version=version, group=steps_shown.whole(steps),
        since=changes_in_words(before.definition["steps"], steps) if before else [],
        against_draft=changes_in_words(workflow.draft, steps),
    )


@bp.post("/versions/<int:number>/restore")
@requires("editor")
def restore(slug: str, number: int) -> ResponseReturnValue:
    with writing() as uow:
        workflow = find(slug, uow.connection)
        versions.restore(uow, workflow.id, number, by=current_user.id, at=clock.now())
    flash(f"Version {number} is your draft now. Nothing is live until you make it live.", "ok")
    return redirect(f"{base_of(workflow)}/steps", 303)


def _review(workflow: Row[Any], at: datetime) -> str:
    """Show what would go live: what happens in words, the next times, what is still to be put right."""
    steps = workflow.draft
    checks = check_steps(list(steps), usable_kinds(reading()))
    group = steps_shown.whole(steps, checks)
    shown = starts.shown_all(workflows.triggers(reading(), workflow.id), at)
    producers = starts.producers(shown, planned=workflow.state == DRAFT)
    times = [due.at for due in upcoming.upcoming(reading(), producers, at, _SHOWN) if due.will_run]
    return page(
        "versions/review.html", workflow, at, group=group, cards=list(steps_shown.every(group.cards)),
        is_ready=bool(steps) and not checks, under_way=_under_way(workflow),
        next_times=times, is_planned=bool(producers),
        closed=_closed(workflow, at, times),
        next_number=workflows.latest_number(reading(), workflow.id) + 1,
    )


def _closed(workflow: Row[Any], at: datetime, times: Sequence[datetime]) -> list[Row[Any]]:
    """Return the blackouts that leave out times before the last that is shown."""
    rows = [shown.row for shown in blackouts.since(reading(), may_see(current_user), at)]
    return [row for row in rows if (row.workflow_ids is None or workflow.id in row.workflow_ids)
            and times and row.starts_at < times[-1]]


def _under_way(workflow: Row[Any]) -> int:
    """Count the runs that keep their version."""
    found = [
        executions.page(reading(), may_see(current_user), executions.Filter(workflow.id, status), limit=_MOST)
        for status in (RUNNING, WAITING)
    ]
    return sum(map(len, found))


def _refuse_unseen(workflow: Row[Any]) -> None:
    """Nothing goes live that the person who says so has not seen."""
    if request.form.get("rev") != str(workflow.draft_rev):
        raise Conflict("Someone else changed these steps in the meantime. Look them over again.")
