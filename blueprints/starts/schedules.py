"""The schedule form: adding a schedule, changing one, and its live preview."""

from contextlib import suppress
from datetime import datetime
from typing import Any

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import Row

from blueprints.shared.extensions import reading, writing
from blueprints.shared.forms import text
from blueprints.shared.security import requires
from blueprints.starts import schedule_pages, schedule_values, schedule_views
from blueprints.starts.forms_schedule import new_phrase
from blueprints.starts.schedule_pages import Meaning
from blueprints.starts.schedule_views import Sheet
from blueprints.workflows.pages import base_of, find
from engine import clock
from engine.domain.errors import Conflict, Invalid, NotFound
from engine.domain.runs.states import DRAFT, ON
from engine.queries.visibility import may_see
from engine.queries.workflows import last_changes, workflows
from engine.services.planning.schedules import SCHEDULE
from engine.services.workflows import triggers

bp = APIBlueprint("schedules", __name__, enable_openapi=False)

_STARTS = "/workflows/<slug>/starts"


@bp.get(f"{_STARTS}/new")
@requires("editor")
def new(slug: str) -> ResponseReturnValue:
    return schedule_views.blank(Sheet(find(slug), clock.now()))


@bp.post(f"{_STARTS}/new")
@requires("editor")
def add(slug: str) -> ResponseReturnValue:
    at, workflow = clock.now(), find(slug)
    sheet = schedule_views.posted(workflow, at)
    meaning = schedule_views.read(sheet)
    if asked := schedule_views.asked_for_more(sheet, meaning):
        return asked
    enabled = text("enabled") != "no"
    try:
        with writing() as uow:
            triggers.add(uow, workflow.id, name=_name(workflow), kind=SCHEDULE, schedule=meaning.schedule,
                         enabled=enabled, by=current_user.id, at=at)
    except Invalid as error:
        return schedule_views.typed(sheet, Meaning(problems=error.problems)), 422
    flash(f"Added: {meaning.sentence}{_standing(workflow, enabled)}", "ok")
    return redirect(base_of(workflow) + ("/steps" if workflow.state == DRAFT else "/starts"), 303)


@bp.get(f"{_STARTS}/<trigger_id>/schedule")
@requires("editor")
def edit(slug: str, trigger_id: str) -> ResponseReturnValue:
    workflow = find(slug)
    return schedule_views.kept(Sheet(workflow, clock.now(), _start(workflow, trigger_id)))


@bp.post(f"{_STARTS}/<trigger_id>/schedule")
@requires("editor")
def save(slug: str, trigger_id: str) -> ResponseReturnValue:
    at, workflow = clock.now(), find(slug)
    start = _start(workflow, trigger_id)
    sheet = schedule_views.posted(workflow, at, start)
    meaning = schedule_views.read(sheet)
    if asked := schedule_views.asked_for_more(sheet, meaning):
        return asked
    name = text("name") or start.name
    try:
        with writing() as uow:
            triggers.edit(uow, trigger_id, name=name, schedule=meaning.schedule, seen=_seen(),
                          by=current_user.id, at=at)
    except Invalid as error:
        return schedule_views.typed(sheet, Meaning(problems=error.problems)), 422
    except Conflict:
        changed = last_changes.of_start(reading(), trigger_id)
        return schedule_views.typed(sheet, meaning, overtaken_by=changed), 409
    flash(f"{name} changed. {_others_keep(workflow, trigger_id)}", "ok")
    return redirect(f"{base_of(workflow)}/starts", 303)


@bp.post("/schedules/preview")
@requires("viewer")
def preview() -> ResponseReturnValue:
    """Answer with the meaning; a phrase just read fills the pattern below it, too."""
    at, start = clock.now(), _edited()
    stored = start.config.get("schedule") if start else None
    around = schedule_views.around(at, start)
    meaning = schedule_pages.read(request.form, at, current_user.timezone, around, stored)
    values = schedule_values.of_form(request.form, at, current_user.timezone)
    filled = schedule_views.filled(values, meaning.schedule, at) if new_phrase(request.form) else None
    return render_template(
        "schedules/_answer.html", meaning=meaning, values=filled or values, fill=filled is not None,
        choices=schedule_pages.choices(at, filled or values, schedule_views.own()), problems=(),
        changes=schedule_views.changes(start, meaning, at), start=start,
    )


def _edited() -> Row[Any] | None:
    """Return the start whose form asks for a preview; None while it is being added, or when it is gone."""
    if not text("start").isprintable():
        return None
    try:
        return workflows.trigger(reading(), may_see(current_user), text("start"))
    except NotFound:
        return None


def _start(workflow: Row[Any], trigger_id: str) -> Row[Any]:
    found = [row for row in workflows.triggers(reading(), workflow.id) if row.id == trigger_id]
    if not found or found[0].kind != SCHEDULE:
        raise NotFound("There is no such schedule.")
    return found[0]


def _seen() -> datetime | None:
    """Return as of when the start was shown, or newer for who keeps their own version all the same."""
    with suppress(ValueError):
        return datetime.fromisoformat(text("keep") or text("seen"))
    return None


def _standing(workflow: Row[Any], enabled: bool) -> str:
    """Say why nothing comes of it yet."""
    if not enabled:
        return " It is off and starts nothing until you turn it on."
    return "" if workflow.state in (ON, DRAFT) else " It starts nothing until the workflow is on, too."


def _name(workflow: Row[Any]) -> str:
    """Return the name that was typed, or one that is free."""
    taken = {row.name for row in workflows.triggers(reading(), workflow.id)}
    names = ["Schedule", *(f"Schedule {number}" for number in range(2, len(taken) + 3))]
    return text("name")[:100] or next(name for name in names if name not in taken)


def _others_keep(workflow: Row[Any], trigger_id: str) -> str:
    starts = workflows.triggers(reading(), workflow.id)
    others = sum(row.id != trigger_id and row.kind == SCHEDULE for row in starts)
    several = f"The other {others} starts keep their times."
    return {0: "", 1: "The other start keeps its times."}.get(others, several)
