"""How runs went over the last days, from counters: for people, and as a file for spreadsheets."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Final

from apiflask import APIBlueprint
from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from blueprints.home import statistics_shown
from blueprints.shared.extensions import reading
from engine import clock
from engine.domain.errors import Invalid
from engine.queries.overview import statistics as queries
from engine.queries.overview.failing_steps import failing_steps
from engine.queries.visibility import may_see
from engine.queries.workflows import names, workflows

bp = APIBlueprint("statistics", __name__, url_prefix="/monitoring", enable_openapi=False)

for words in (statistics_shown.percent, statistics_shown.length_words, statistics_shown.hour_words):
    bp.add_app_template_filter(words)

_CHOICES: Final = (7, 30, 90)
_MOST_WORKFLOWS: Final = 200


@bp.get("/stats")
def show() -> ResponseReturnValue:
    scope = _scope()
    found, doubled = queries.figures(reading(), scope), names.doubled(reading(), scope.visible)
    return render_template(
        "monitoring/stats.html", figures=found, days=scope.days, choices=_CHOICES, asked=request.args,
        bars=statistics_shown.bars(found), heat=statistics_shown.heat(found),
        failing=failing_steps(reading(), scope),
        workflows=names.to_choose(reading(), scope.visible, _MOST_WORKFLOWS, doubled), doubled=doubled,
        query=request.query_string.decode(),
    )


@bp.get("/stats.csv")
def download() -> ResponseReturnValue:
    """One line for each day and workflow."""
    scope = _scope()
    lines = [(day.isoformat(), _harmless(name), each.completed, each.failed, each.cancelled)
             for day, name, each in queries.by_workflow(reading(), scope)]
    return Response(_as_csv(lines), mimetype="text/csv",
                    headers={"Content-Disposition": f'attachment; filename="runs-{scope.days}-days.csv"'})


def _scope() -> queries.Scope:
    days = next((one for one in _CHOICES if request.args.get("days", "30") == str(one)), None)
    if days is None:
        raise Invalid("Choose how many days from the list", field="days")
    visible, slug = may_see(current_user), request.args.get("workflow", "")
    workflow_id = workflows.by_slug(reading(), visible, slug).id if slug else None
    return queries.Scope(visible, clock.now(), days, current_user.timezone, workflow_id)


def _harmless(name: str) -> str:
    """A spreadsheet would take such a name for a formula."""
    return f"'{name}" if name.startswith(("=", "+", "-", "@", "\t", "\r")) else name


def _as_csv(lines: Iterable[tuple[object, ...]]) -> Iterator[str]:
    for line in (("day", "workflow", "succeeded", "failed", "stopped"), *lines):
        written = io.StringIO()
        csv.writer(written).writerow(line)
        yield written.getvalue()
