"""Days off that schedules share: own calendars, and the country lists in use."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from apiflask import APIBlueprint
from babel import Locale
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import Row

from blueprints.shared.extensions import reading, writing
from blueprints.shared.forms import text
from blueprints.shared.security import requires
from engine import clock
from engine.domain.errors import Invalid, Problem
from engine.domain.time.calendars import country_of, is_country
from engine.domain.time.day_lists import parse_days, write_days
from engine.domain.time.ics import days_of
from engine.domain.words import date_text
from engine.queries.times import calendars as queries
from engine.queries.times import impact
from engine.queries.visibility import may_see
from engine.services.planning import calendars

bp = APIBlueprint("holidays", __name__, url_prefix="/settings/calendars", enable_openapi=False)
bp.add_app_template_filter(lambda written: date_text(date.fromisoformat(written)), "date_words")

_LARGEST_FILE: Final = 1_000_000


@bp.get("")
def show() -> ResponseReturnValue:
    uses = queries.uses(reading(), may_see(current_user))
    today = clock.now().date().isoformat()
    own = [(row, uses.get(row.id), sorted(day for day in row.days if day >= today))
           for row in queries.own(reading())]
    countries = sorted((_country(name), uses[name]) for name in uses if is_country(name))
    return render_template("holidays/list.html", own=own, countries=countries,
                           may_edit=current_user.may("editor"))


@bp.get("/new")
@requires("editor")
def new() -> ResponseReturnValue:
    return _form(None, {})


@bp.post("/new")
@requires("editor")
def add() -> ResponseReturnValue:
    at = clock.now()
    try:
        days = _days(at)
        with writing() as uow:
            calendars.add(uow, name=text("name"), days=days, by=current_user.id, at=at, origin=_origin())
    except Invalid as error:
        return _form(None, request.form, error.problems), 422
    flash(f"{text('name')} is saved. A start follows it once you choose it in its schedule.", "ok")
    return redirect(url_for(".show"), 303)


@bp.get("/<calendar_id>")
@requires("editor")
def edit(calendar_id: str) -> ResponseReturnValue:
    row = queries.by_id(reading(), calendar_id)
    return _form(row, {"name": row.name, "days": write_days(row.days)})


@bp.post("/<calendar_id>")
@requires("editor")
def save(calendar_id: str) -> ResponseReturnValue:
    at, row = clock.now(), queries.by_id(reading(), calendar_id)
    try:
        days = _days(at)
        changes = impact.of_calendar(reading(), calendar_id, days, at)
        if request.form.get("show"):
            typed = {"name": text("name"), "days": _lines(days)}
            return _form(row, typed, changes=changes)
        with writing() as uow:
            calendars.edit(uow, calendar_id, name=text("name"), days=days, by=current_user.id, at=at)
    except Invalid as error:
        return _form(row, request.form, error.problems), 422
    flash(f"{text('name')} is saved. {changes.of_followers}", "ok")
    return redirect(url_for(".show"), 303)


@bp.get("/<calendar_id>/remove")
@requires("editor")
def ask_to_remove(calendar_id: str) -> ResponseReturnValue:
    row = queries.by_id(reading(), calendar_id)
    return render_template("holidays/remove.html", calendar=row, uses=_uses(row))


@bp.post("/<calendar_id>/remove")
@requires("editor")
def remove(calendar_id: str) -> ResponseReturnValue:
    row = queries.by_id(reading(), calendar_id)
    with writing() as uow:
        calendars.remove(uow, calendar_id, by=current_user.id, at=clock.now())
    flash(f"{row.name} is removed.", "ok")
    return redirect(url_for(".show"), 303)


def _form(
    row: Row[Any] | None, values: Mapping[str, Any], problems: Sequence[Problem] = (),
    changes: impact.Impact | None = None,
) -> str:
    return render_template("holidays/form.html", calendar=row, values=values, problems=problems,
                           changes=changes, uses=_uses(row) if row else None)


def _uses(row: Row[Any]) -> queries.Uses | None:
    return queries.uses(reading(), may_see(current_user)).get(row.id)


def _days(at: datetime) -> dict[date, str]:
    """Return the typed days and those of the file; raises `Invalid` with what can't be read."""
    days = parse_days(text("days"))
    if upload := _upload():
        days |= days_of(upload, at)
    if not days:
        raise Invalid("Enter at least one day, or choose a file.", field="days", code="missing")
    return days


def _upload() -> str:
    upload = request.files.get("file")
    try:
        return upload.read(_LARGEST_FILE + 1).decode() if upload else ""
    except UnicodeDecodeError:
        message = "This file is not text. Choose a calendar file that ends in .ics."
        raise Invalid(message, field="file") from None


def _origin() -> str:
    return calendars.OWN if text("days") else calendars.FILE


def _lines(days: Mapping[date, str]) -> str:
    return write_days({day.isoformat(): name for day, name in days.items()})


def _country(reference: str) -> str:
    country, region = country_of(reference)
    name = Locale("en").territories.get(country, country)
    return f"{name} ({region})" if region else str(name)
