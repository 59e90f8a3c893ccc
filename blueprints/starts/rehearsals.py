"""A month of one schedule played through before it happens: what each rule for overlaps would do."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from apiflask import APIBlueprint
from flask import request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import Row

from blueprints.shared.extensions import reading
from blueprints.starts import forms_shape
from blueprints.workflows.pages import find, page
from engine import clock
from engine.domain.due.rehearsal import Rehearsal, read_durations, rehearse
from engine.domain.errors import Invalid, NotFound, Problem
from engine.domain.schedules.schedules import parse_schedule
from engine.queries.times import rehearsals, surroundings
from engine.queries.visibility import may_see
from engine.queries.workflows import workflows

bp = APIBlueprint("rehearsals", __name__, enable_openapi=False)

_SPANS: Final = (("7", "a week"), ("30", "30 days"), ("90", "90 days"))
_RULES: Final = {key: text for key, text, *_ in forms_shape.OVERLAP}


@bp.get("/workflows/<slug>/starts/<trigger_id>/rehearse")
def show(slug: str, trigger_id: str) -> ResponseReturnValue:
    at, workflow = clock.now(), find(slug)
    start = _start(workflow, trigger_id)
    past = rehearsals.past_durations(reading(), workflow.id)
    problems: tuple[Problem, ...] = ()
    shown: dict[str, Any] = {"seen": None}
    try:
        typed = read_durations(request.args.get("durations", "")[:1000])
        if durations := typed or past:
            shown = _played(start, durations, at)
    except Invalid as error:
        problems = error.problems
    return page("rehearsals/show.html", workflow, at, start=start, past=past, spans=_SPANS, problems=problems,
                values={"durations": request.args.get("durations", ""), "days": _days()}, **shown)


def _played(start: Row[Any], durations: Sequence[timedelta], at: datetime) -> dict[str, Any]:
    """Return what the page shows of a rehearsal; raises `Invalid` when the schedule can't be read."""
    schedule = parse_schedule(start.config["schedule"], at=at, stored=True)
    around = surroundings.one(reading(), start.id, after=at)
    seen = rehearse(schedule, durations, at, days=int(_days()), around=around)
    rows = [{
        "name": _RULES[one.rule], "is_current": one.rule == schedule.policies.overlap.rule,
        "limit": schedule.policies.overlap.limit if one.rule == "queue" else None,
        "seen": one, "shares": _shares(one),
    } for one in seen.by_rule]
    return {"seen": seen, "rows": rows, "current": next(row for row in rows if row["is_current"]),
            "least": min(durations), "longest": max(durations), "schedule_zone": schedule.timezone}


def _shares(one: Rehearsal) -> list[tuple[float, float, str]]:
    """Return the parts of a rule's bar in percent: where each begins, how wide it is, its colour."""
    counts = [(one.untouched, "ok"), (one.waited, "wait"), (one.stopped, "bad"), (one.skipped, "idle")]
    shares, begin = [], 0.0
    for count, token in counts:
        width = 100 * count / (one.due or 1)
        shares.append((round(begin, 2), round(width, 2), token))
        begin += width
    return [share for share in shares if share[1]]


def _days() -> str:
    asked = request.args.get("days", "")
    return asked if asked in dict(_SPANS) else "30"


def _start(workflow: Row[Any], trigger_id: str) -> Row[Any]:
    start = workflows.trigger(reading(), may_see(current_user), trigger_id)
    if start.workflow_id != workflow.id or "schedule" not in start.config:
        raise NotFound("There is no such schedule.")
    return start
