"""Blackouts: times in which nothing starts, for every workflow or for some."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import Row

from blueprints.shared import forms_moments
from blueprints.shared.extensions import reading, writing
from blueprints.shared.forms import text
from blueprints.shared.security import requires
from engine import clock
from engine.domain.errors import Invalid, Problem
from engine.domain.time.clock_changes import ClockChange, instant
from engine.domain.timetables.shapes import Closure
from engine.queries.times import blackouts as queries
from engine.queries.times import impact
from engine.queries.visibility import authorize_blackout, may_see
from engine.queries.workflows import workflows
from engine.services.planning import blackouts
from engine.services.planning.blackouts import Terms

bp = APIBlueprint("blackouts", __name__, url_prefix="/settings/blackouts", enable_openapi=False)

_KEPT_IN_LIST: Final = timedelta(days=30)
_MOST_WORKFLOWS: Final = 200
_LONGEST_NOTE: Final = 500


@bp.get("")
def show() -> ResponseReturnValue:
    at = clock.now()
    found = queries.since(reading(), may_see(current_user), at - _KEPT_IN_LIST)
    return render_template("blackouts/list.html", blackouts=[(one, _may_change(one.row)) for one in found],
                           may_edit=current_user.may("editor"))


@bp.get("/new")
@requires("editor")
def new() -> ResponseReturnValue:
    return _form(None, {"scope": "all" if current_user.may("admin") else "some"})


@bp.post("/new")
@requires("editor")
def add() -> ResponseReturnValue:
    return _kept(None)


@bp.get("/<blackout_id>")
@requires("editor")
def edit(blackout_id: str) -> ResponseReturnValue:
    row = _mine(blackout_id)
    return _form(row, {
        "name": row.name, "note": row.note, "from": forms_moments.field_value(row.starts_at, row.timezone),
        "to": forms_moments.field_value(row.ends_at, row.timezone),
        "scope": "all" if row.workflow_ids is None else "some", "workflows": row.workflow_ids or (),
    })


@bp.post("/<blackout_id>")
@requires("editor")
def save(blackout_id: str) -> ResponseReturnValue:
    return _kept(_mine(blackout_id))


@bp.get("/<blackout_id>/remove")
@requires("editor")
def ask_to_remove(blackout_id: str) -> ResponseReturnValue:
    row, at = _mine(blackout_id), clock.now()
    changes = impact.of_blackout(reading(), _stored(row), None, at)
    return render_template("blackouts/remove.html", blackout=row, changes=changes)


@bp.post("/<blackout_id>/remove")
@requires("editor")
def remove(blackout_id: str) -> ResponseReturnValue:
    row = _mine(blackout_id)
    with writing() as uow:
        blackouts.remove(uow, blackout_id, by=current_user.id, at=clock.now())
    flash(f"{row.name} is removed.", "ok")
    return redirect(url_for(".show"), 303)


def _kept(row: Row[Any] | None) -> ResponseReturnValue:
    """Add or change a blackout; with the button “Show what changes” nothing is kept."""
    at = clock.now()
    try:
        terms = _terms(row.timezone if row else current_user.timezone)
        authorize_blackout(reading(), current_user, terms.workflow_ids)
        changes = impact.of_blackout(reading(), _stored(row) if row else None, _meant(terms), at)
        if request.form.get("show"):
            return _form(row, _typed(), changes=changes)
        with writing() as uow:
            if row:
                blackouts.edit(uow, row.id, terms, by=current_user.id, at=at)
            else:
                blackouts.add(uow, terms, by=current_user.id, at=at)
    except Invalid as error:
        return _form(row, _typed(), error.problems), 422
    flash(f"{terms.name} is saved. {changes.of_runs}", "ok")
    return redirect(url_for(".show"), 303)


def _terms(zone: str) -> Terms:
    start, end = (forms_moments.local_time(name) for name in ("from", "to"))
    ids = request.form.getlist("workflows") if text("scope") != "all" else None
    if not text("name"):
        raise Invalid("Enter a name.", field="name")
    for field, given in (("from", start), ("to", end)):
        if given is None:
            raise Invalid("Enter a date and a time, like 24.12.2026 18:00", field=field)
    if ids == []:
        raise Invalid("Choose at least one workflow.", field="workflows")
    assert start and end
    if end <= start:
        raise Invalid("The end must be after the start.", field="to")
    return Terms(text("name"), start, end, zone, text("note")[:_LONGEST_NOTE], ids)


def _form(
    row: Row[Any] | None, values: Mapping[str, Any], problems: Sequence[Problem] = (),
    changes: impact.Impact | None = None,
) -> str:
    rows = workflows.page(reading(), may_see(current_user), limit=_MOST_WORKFLOWS)
    return render_template(
        "blackouts/form.html", blackout=row, values=values, problems=problems, changes=changes,
        form_zone=row.timezone if row else current_user.timezone, may_hold_all=current_user.may("admin"),
        choices=[(one.id, one.name) for one in rows],
    )


def _typed() -> dict[str, Any]:
    return {**request.form.to_dict(), "workflows": request.form.getlist("workflows")}


def _mine(blackout_id: str) -> Row[Any]:
    """Return the row when the reader may change it."""
    row = queries.by_id(reading(), may_see(current_user), blackout_id).row
    authorize_blackout(reading(), current_user, row.workflow_ids)
    return row


def _may_change(row: Row[Any]) -> bool:
    """Whether to offer it; `_mine` decides."""
    return bool(current_user.may("admin") or (row.workflow_ids is not None and current_user.may("editor")))


def _stored(row: Row[Any]) -> impact.Blackout:
    return impact.Blackout(Closure(row.starts_at, row.ends_at, row.name), row.workflow_ids)


def _meant(terms: Terms) -> impact.Blackout:
    start, end = (_moment(local, terms.timezone) for local in (terms.start, terms.end))
    return impact.Blackout(Closure(start, end, terms.name), terms.workflow_ids)


def _moment(local: datetime, zone: str) -> datetime:
    return instant(local, zone, ClockChange())
