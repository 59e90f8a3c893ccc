"""The schedule form: adding a schedule, changing one, and its live preview."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import Row

from blueprints import schedule_pages, schedule_values
from blueprints.extensions import reading, writing
from blueprints.forms import text
from blueprints.forms_schedule import new_phrase
from blueprints.schedule_pages import Meaning
from blueprints.security import requires
from blueprints.workflow_pages import base_of, find, page
from engine import clock
from engine.domain.errors import Invalid, NotFound
from engine.domain.occurrences import Surroundings
from engine.domain.schedule_changes import Changes
from engine.domain.schedules import Schedule, to_document
from engine.domain.states import DRAFT
from engine.queries import calendars, schedule_changes, surroundings, workflows
from engine.queries.visibility import may_see
from engine.services import triggers
from engine.services.schedules import SCHEDULE

bp = APIBlueprint("schedules", __name__, enable_openapi=False)

_STARTS = "/workflows/<slug>/starts"


@bp.get(f"{_STARTS}/new")
@requires("editor")
def new(slug: str) -> ResponseReturnValue:
    at = clock.now()
    return _page(find(slug), schedule_values.beginning(at, current_user.timezone), at)


@bp.post(f"{_STARTS}/new")
@requires("editor")
def add(slug: str) -> ResponseReturnValue:
    at, workflow = clock.now(), find(slug)
    meaning = schedule_pages.read(request.form, at, current_user.timezone, _around(at))
    if asked := _asked_for_more(workflow, meaning, at):
        return asked
    try:
        with writing() as uow:
            triggers.add(uow, workflow.id, name=_name(workflow), kind=SCHEDULE, schedule=meaning.schedule,
                         by=current_user.id, at=at)
    except Invalid as error:
        return _typed(workflow, Meaning(problems=error.problems), at), 422
    flash(f"Added: {meaning.sentence}", "ok")
    return redirect(base_of(workflow) + ("/steps" if workflow.state == DRAFT else "/starts"), 303)


@bp.get(f"{_STARTS}/<trigger_id>/schedule")
@requires("editor")
def edit(slug: str, trigger_id: str) -> ResponseReturnValue:
    at, workflow = clock.now(), find(slug)
    start = _start(workflow, trigger_id)
    values = schedule_values.of_document(start.config["schedule"], at, current_user.timezone)
    return _page(workflow, {**values, "name": start.name}, at, start)


@bp.post(f"{_STARTS}/<trigger_id>/schedule")
@requires("editor")
def save(slug: str, trigger_id: str) -> ResponseReturnValue:
    at, workflow = clock.now(), find(slug)
    start = _start(workflow, trigger_id)
    meaning = schedule_pages.read(
        request.form, at, current_user.timezone, _around(at, start), start.config["schedule"])
    if asked := _asked_for_more(workflow, meaning, at, start):
        return asked
    name = text("name") or start.name
    try:
        with writing() as uow:
            triggers.edit(uow, trigger_id, name=name, schedule=meaning.schedule, by=current_user.id, at=at)
    except Invalid as error:
        return _typed(workflow, Meaning(problems=error.problems), at, start), 422
    flash(f"{name} changed. {_others_keep(workflow, trigger_id)}", "ok")
    return redirect(f"{base_of(workflow)}/starts", 303)


@bp.post("/schedules/preview")
@requires("viewer")
def preview() -> ResponseReturnValue:
    """Answer with the meaning; a phrase just read fills the pattern below it, too."""
    at, start = clock.now(), _edited()
    stored = start.config.get("schedule") if start else None
    meaning = schedule_pages.read(request.form, at, current_user.timezone, _around(at, start), stored)
    values = schedule_values.of_form(request.form, at, current_user.timezone)
    filled = _filled(values, meaning.schedule, at) if new_phrase(request.form) else None
    return render_template(
        "schedules/_answer.html", meaning=meaning, values=filled or values, fill=filled is not None,
        choices=schedule_pages.choices(at, filled or values, _own()), problems=(),
        changes=_changes(start, meaning, at),
    )


def _asked_for_more(
    workflow: Row[Any], meaning: Meaning, at: datetime, start: Row[Any] | None = None
) -> ResponseReturnValue | None:
    """Show the form again: with one more time, the next runs, a pattern, or with what has to be put right."""
    if any(request.form.get(asked) for asked in ("more", "show", "turn")):
        return _typed(workflow, meaning, at, start)
    return (_typed(workflow, meaning, at, start), 422) if meaning.problems else None


def _typed(workflow: Row[Any], meaning: Meaning, at: datetime, start: Row[Any] | None = None) -> str:
    values = schedule_values.of_form(request.form, at, current_user.timezone)
    if new_phrase(request.form):
        values = _filled(values, meaning.schedule, at) or values
    if request.form.get("turn") and meaning.pattern:
        values = _filled(values, meaning.pattern, at) or values
        meaning = schedule_pages.meaning_of(meaning.pattern, at, current_user.timezone, _around(at, start))
    if kind := request.form.get("more"):
        values[f"{kind}.times"] = [*values.get(f"{kind}.times", []), ""]
    return _page(workflow, values, at, start, meaning)


def _filled(values: Mapping[str, Any], schedule: Schedule | None, at: datetime) -> dict[str, Any] | None:
    """Return the values with the pattern a phrase stands for, if it could be read."""
    if schedule is None:
        return None
    pattern = schedule_values.of_document(to_document(schedule), at, schedule.timezone)
    return {**values, **pattern, "say": values.get("say", ""), "said": values.get("say", "")}


def _page(
    workflow: Row[Any], values: Mapping[str, Any], at: datetime, start: Row[Any] | None = None,
    meaning: Meaning | None = None,
) -> str:
    meaning = meaning or _meaning_at_first(values, at, start)
    posted = request.method == "POST"
    problems = meaning.problems if posted and not request.form.get("more") else ()
    return page("schedules/form.html", workflow, at, values=values, start=start, meaning=meaning,
                choices=schedule_pages.choices(at, values, _own()), problems=problems,
                changes=_changes(start, meaning, at) if posted else None)


def _meaning_at_first(values: Mapping[str, Any], at: datetime, start: Row[Any] | None) -> Meaning:
    viewer = current_user.timezone
    if start:
        return schedule_pages.of_stored(start.config["schedule"], at, viewer, _around(at, start))
    weekly = {"days": values["weekly.days"], "times": values["weekly.times"]}
    return schedule_pages.of_stored(
        {"weekly": weekly, "timezone": values["timezone"]}, at, viewer, _around(at))


def _changes(start: Row[Any] | None, meaning: Meaning, at: datetime) -> Changes | None:
    """Return what saving would do to the times of a start that has a schedule already."""
    if start is None or start.kind != SCHEDULE or meaning.schedule is None:
        return None
    return schedule_changes.against_stored(reading(), start, meaning.schedule, at)


def _around(at: datetime, start: Row[Any] | None = None) -> Surroundings:
    """Return what the times shown keep clear of; a start that is not kept yet has nothing of its own."""
    return surroundings.one(reading(), start.id if start else "", after=at)


def _own() -> list[tuple[str, str]]:
    return [(row.id, row.name) for row in calendars.own(reading())]


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
