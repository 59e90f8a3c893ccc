"""What history takes on the disk, how long it is kept, and what another rule would free."""

from collections.abc import Mapping
from typing import Any

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import true

from blueprints.shared.extensions import reading, writing
from blueprints.shared.forms import text
from blueprints.shared.security import requires
from blueprints.workflows import forms_retention
from engine import clock
from engine.domain.errors import Invalid, Problem
from engine.domain.workflows.retention import Effect, Keep
from engine.queries.server import disk, retention, storage
from engine.queries.visibility import may_see
from engine.queries.workflows import names
from engine.services.server import retention as services
from engine.services.server import vacuum

bp = APIBlueprint("storage", __name__, url_prefix="/settings/storage", enable_openapi=False)


@bp.get("")
def show() -> ResponseReturnValue:
    return _page(forms_retention.values_of(retention.own_of_installation(reading())))


@bp.post("/rehearsal")
@requires("admin")
def rehearse() -> ResponseReturnValue:
    """Say what the typed rule would free, while it is typed; nothing is saved."""
    try:
        return render_template("storage/_effect.html", effect=_effect(_typed()))
    except Invalid as error:
        return render_template("storage/_effect.html", problems=error.problems)


@bp.post("")
@requires("admin")
def save() -> ResponseReturnValue:
    try:
        if text("then") == "rehearse":
            return _page(request.form, effect=_effect(_typed()))
        with writing() as uow:
            services.set_usual(uow, forms_retention.read(request.form), by=current_user.id, at=clock.now())
    except Invalid as error:
        return _page(request.form, problems=error.problems), 422
    flash("The rule is saved. What has to go is removed bit by bit.", "ok")
    return redirect(url_for(".show"), 303)


@bp.post("/give-back")
@requires("admin")
def give_back() -> ResponseReturnValue:
    with writing() as uow:
        vacuum.ask(uow, by=current_user.id, at=clock.now())
    flash("Free room is given back to the disk, a little every second. Nothing has to stop.", "ok")
    return redirect(url_for(".show"), 303)


def _typed() -> Keep:
    return Keep().but(forms_retention.read(request.form).own())


def _effect(keep: Keep) -> Effect:
    return storage.rehearse(storage.meter(reading(), true()), keep, clock.now())


def _page(values: Mapping[str, Any], problems: tuple[Problem, ...] = (), effect: Effect | None = None) -> str:
    connection, visible = reading(), may_see(current_user)
    return render_template(
        "storage/show.html", values=values, problems=problems, effect=effect,
        usual=forms_retention.usual_words(Keep()), rule=retention.usual(connection),
        stored=storage.meter(connection, visible), doubled=names.doubled(connection, visible),
        may_change=current_user.may("admin"),
        disk=disk.disk(connection) if current_user.may("admin") else None,
        giving_back=disk.giving_back(connection),
    )
