"""The emergency brake: what it would hold, pulling it, letting go, and what was held."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from blueprints.shared import forms_moments
from blueprints.shared.extensions import reading, writing
from blueprints.shared.forms import text
from blueprints.shared.security import requires
from blueprints.shown.brake import brake_now
from engine import clock
from engine.domain.errors import Invalid, Problem
from engine.domain.words import counted
from engine.queries.overview import attention
from engine.queries.runs import braked, executions, holds
from engine.queries.server import brake as queries
from engine.queries.visibility import may_see
from engine.services.runs import brake as services

bp = APIBlueprint("brake", __name__, url_prefix="/settings/brake", enable_openapi=False)
bp.app_template_global("brake_now")(brake_now)

_LATELY: Final = timedelta(days=7)
_DAY: Final = timedelta(days=1)
_NAMED: Final = 5
_LONGEST: Final = 500


@bp.get("")
def show() -> ResponseReturnValue:
    return _page({})


@bp.post("")
@requires("admin")
def pull() -> ResponseReturnValue:
    try:
        until = forms_moments.moment("until", current_user.timezone)
        with writing() as uow:
            services.pull(uow, reason=text("reason")[:_LONGEST], by=current_user.id, at=clock.now(),
                          until=until, stop_running=bool(text("stop_running")))
    except Invalid as error:
        return _page(request.form, error.problems), 422
    return redirect(url_for(".show"), 303)


@bp.post("/release")
@requires("admin")
def release() -> ResponseReturnValue:
    with writing() as uow:
        waiting = braked.count_waiting(uow.connection, may_see(current_user))
        services.release(uow, by=current_user.id, at=clock.now())
    begin = f" {counted(waiting, 'run')} that waited can begin now." if waiting else ""
    flash(f"The brake is released.{begin} Planned times that were held do not run any more.", "ok")
    return redirect(url_for(".show"), 303)


def _page(values: Mapping[str, str], problems: tuple[Problem, ...] = ()) -> str:
    at, visible, connection = clock.now(), may_see(current_user), reading()
    brake = brake_now()
    runs = braked.waiting(connection, visible)
    since = min(brake.since, at - _LATELY) if brake else at - _LATELY
    return render_template(
        "brake/show.html", values=values, problems=problems, brake=brake, may_pull=current_user.may("admin"),
        due=attention.due_soon(connection, visible, at + _DAY, limit=_NAMED),
        counts=executions.live_counts(connection, visible), held=queries.held(connection, visible, since),
        runs=runs, waiting=braked.count_waiting(connection, visible), holds=holds.of(connection, runs, at),
    )
