"""The list of all runs, live."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from apiflask import APIBlueprint
from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from blueprints import run_words
from blueprints.extensions import reading
from blueprints.partials import wants_partial
from engine import clock
from engine.domain import states
from engine.domain.errors import Invalid
from engine.queries import changes, executions, monitoring, workflows
from engine.queries.executions import Filter
from engine.queries.monitoring import Line
from engine.queries.visibility import may_see

bp = APIBlueprint("monitoring", __name__, enable_openapi=False)

_ROWS: Final = 50
_MOST_WORKFLOWS: Final = 500
_SWITCHES: Final = [states.RUNNING, states.WAITING, states.FAILED, states.COMPLETED, states.SKIPPED,
                    states.MISSED]
STATUSES: Final = (*states.EXECUTION_STATUSES, states.SKIPPED, states.MISSED)


@bp.get("/monitoring")
def index() -> ResponseReturnValue:
    narrowed, before = _asked_for()
    lines = monitoring.page(reading(), may_see(current_user), narrowed, before=before, limit=_ROWS + 1)
    shown = {"lines": lines[:_ROWS], "older": _older(lines), "is_newest": before is None,
             "is_narrowed": narrowed != Filter()}
    if wants_partial():
        return render_template("monitoring/_rows.html" if before else "monitoring/_list.html", **shown)
    visible = may_see(current_user)
    return render_template(
        "monitoring/index.html", **shown, asked=request.args, switches=_SWITCHES,
        starters=run_words.STARTERS, counts=executions.live_counts(reading(), visible),
        workflows=workflows.page(reading(), visible, limit=_MOST_WORKFLOWS), first=_first_due(visible, lines),
        cursor=changes.cursor(reading(), clock.now()), query=request.query_string.decode(),
    )


def _asked_for() -> tuple[Filter, tuple[datetime, str] | None]:
    asked = {name: text.strip() for name, text in request.args.items() if text.strip()}
    status, slug = asked.get("status"), asked.get("workflow")
    if status and status not in STATUSES:
        raise Invalid("Choose a status from the list", field="status")
    workflow = workflows.by_slug(reading(), may_see(current_user), slug) if slug else None
    narrowed = Filter(workflow.id if workflow else None, status, asked.get("by"), asked.get("q"))
    return narrowed, _place(asked.get("after"))


def _place(text: str | None) -> tuple[datetime, str] | None:
    if text is None:
        return None
    moment, _, identity = text.partition(",")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Invalid("Go back to the newest runs and use the button “Show older runs”", field="after")
    return at, identity


def _older(lines: Sequence[Line]) -> str | None:
    """Return the address of the next page; None when this is the last."""
    if len(lines) <= _ROWS:
        return None
    last = lines[_ROWS - 1]
    asked: dict[str, Any] = {**request.args.to_dict(), "after": f"{last.at.isoformat()},{last.id}"}
    return url_for(".index", **asked)


def _first_due(visible: Any, lines: Sequence[Line]) -> Any:
    """Return the workflow that will run next, for a list that is still empty."""
    if lines:
        return None
    due = [row for row in workflows.page(reading(), visible, limit=_MOST_WORKFLOWS) if row.next_run_at]
    return min(due, key=lambda row: row.next_run_at, default=None)
