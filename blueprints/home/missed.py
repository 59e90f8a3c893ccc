"""Back from downtime: what was missed while the app was off, and what to do about it."""

from collections.abc import Sequence

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from blueprints.home import downtime as downtime_shown
from blueprints.shared.extensions import reading, writing
from blueprints.shared.forms import text
from blueprints.shared.security import requires
from engine import clock
from engine.domain.due.reasons import why as why_clause
from engine.domain.errors import Problem
from engine.domain.words import counted
from engine.queries.overview import downtime
from engine.queries.visibility import may_see
from engine.services.due import outages

bp = APIBlueprint("missed", __name__, url_prefix="/missed", enable_openapi=False)


@bp.get("")
def show() -> ResponseReturnValue:
    return _page()


@bp.post("/run")
@requires("operator")
def run() -> ResponseReturnValue:
    """Run the ticked times, or all; those of one start come one after the other."""
    at, everything, visible = clock.now(), text("which") == "all", may_see(current_user)
    ticked = request.form.getlist("time")
    if not everything and not ticked:
        return _page((Problem("Tick at least one start, or choose Run none.", "time"),)), 422
    with writing() as uow:
        wanted = downtime_shown.times(uow.connection, visible, at) if everything else downtime.seen(
            uow.connection, visible, ticked)
        started = outages.run_missed(uow, wanted, by=current_user.id, at=at)
        answered = everything or not downtime.asking(uow.connection, visible)
        if answered and current_user.may("admin"):
            downtime_shown.settle(uow, current_user.id, at)
    runs = counted(len(started), "run")
    flash(f"{runs} of missed times queued, those of one start one after the other.", "ok")
    left = downtime_shown.sections(reading(), visible, at)
    return redirect(url_for(".show") if left else "/monitoring", 303)


@bp.post("/dismiss")
@requires("operator")
def dismiss() -> ResponseReturnValue:
    at, visible = clock.now(), may_see(current_user)
    with writing() as uow:
        wanted = downtime_shown.times(uow.connection, visible, at)
        outages.dismiss(uow, wanted, by=current_user.id, at=at)
        if current_user.may("admin"):
            downtime_shown.settle(uow, current_user.id, at)
    flash("What was missed is let go. Every start goes on with its next time.", "ok")
    return redirect("/", 303)


@bp.app_template_filter("why_clause")
def clause(reason: str | None, zone: str) -> str:
    return why_clause(reason, None, zone)


def _page(problems: Sequence[Problem] = ()) -> str:
    at = clock.now()
    found = downtime_shown.sections(reading(), may_see(current_user), at)
    return render_template("missed/show.html", sections=found, problems=problems,
                           may_run=current_user.may("operator"))
