"""Acting on one time to come: skip it, run it now instead, move it, give it other values once; and undo."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from apiflask import APIBlueprint
from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import Connection, Row

from blueprints.runs import inputs
from blueprints.shared import forms_moments
from blueprints.shared.extensions import reading, writing
from blueprints.shared.formats import moment_words
from blueprints.shared.forms import text
from blueprints.shared.security import requires
from blueprints.shown import decisions, starts
from blueprints.shown.brake import is_untold
from blueprints.workflows.pages import base_of, find, page
from engine import clock
from engine.db import UnitOfWork
from engine.domain.errors import Conflict, Invalid, NotFound, Problem
from engine.domain.runs.states import INPUTS, MOVE, RUN_EARLY, SKIP
from engine.queries.times import upcoming
from engine.queries.workflows import workflows
from engine.services.due import overrides

bp = APIBlueprint("occurrences", __name__, url_prefix="/workflows/<slug>/starts/<trigger_id>/times/<moment>",
                  enable_openapi=False)
decisions.install(bp)

_LONGEST_NOTE: Final = 500
_SAID: Final = {SKIP: "is skipped", MOVE: "is moved", INPUTS: "runs with other values"}


@bp.get("")
def show(slug: str, trigger_id: str, moment: str) -> ResponseReturnValue:
    asked = request.args.get("do", "")
    return _page(find(slug), trigger_id, _read(moment), {"action": asked if asked in _CARRY_OUT else SKIP})


@bp.post("")
@requires("operator")
def decide(slug: str, trigger_id: str, moment: str) -> ResponseReturnValue:
    at, scheduled_at = clock.now(), _read(moment)
    if text("action") == RUN_EARLY and is_untold():
        return _page(find(slug), trigger_id, scheduled_at, request.form), 409
    try:
        carry_out = _CARRY_OUT.get(text("action"))
        if carry_out is None:
            raise Invalid("Choose what to do with this time", field="action")
        with writing() as uow:
            workflow = find(slug, uow.connection)
            start = _start(uow.connection, workflow, trigger_id)
            execution_id = carry_out(uow, start, scheduled_at, at)
    except Invalid as error:
        return _page(find(slug), trigger_id, scheduled_at, request.form, error.problems), 422
    except Conflict as error:
        if error.field is None:
            raise
        return _page(find(slug), trigger_id, scheduled_at, request.form, error.problems), 422
    if execution_id:
        return redirect(f"/executions/{execution_id}", 303)
    said = f"{_said(scheduled_at, at)} {_SAID[text('action')]}. The other times stay as they are."
    flash(said, "ok")
    return redirect(base_of(workflow), 303)


@bp.post("/undo")
@requires("operator")
def undo(slug: str, trigger_id: str, moment: str) -> ResponseReturnValue:
    at, scheduled_at = clock.now(), _read(moment)
    with writing() as uow:
        workflow = find(slug, uow.connection)
        _start(uow.connection, workflow, trigger_id)
        overrides.undo(uow, trigger_id, scheduled_at, by=current_user.id, at=at)
    flash(f"{_said(scheduled_at, at)} is planned again as its start says.", "ok")
    return redirect(base_of(workflow), 303)


def _page(
    workflow: Row[Any], trigger_id: str, scheduled_at: datetime, values: Mapping[str, Any],
    problems: Sequence[Problem] = (),
) -> str:
    at = clock.now()
    start = starts.shown(_start(reading(), workflow, trigger_id), at)
    if start.schedule is None:
        raise NotFound("There is no such schedule.")
    producer = upcoming.Producer(trigger_id, start.row.name, start.schedule)
    due = upcoming.one(reading(), producer, scheduled_at, at)
    usual = {**start.row.inputs, **(due.decision.inputs or {} if due and due.decision else {})}
    when = due.at if due else scheduled_at
    return page(
        "occurrences/show.html", workflow, at, start=start, due=due, when=when,
        values={"to": forms_moments.field_value(when, current_user.timezone), **values},
        fields=inputs.fields(usual, request.form if problems else None), problems=problems,
    )


def _skip(uow: UnitOfWork, start: Row[Any], scheduled_at: datetime, at: datetime) -> None:
    overrides.skip(uow, start.id, scheduled_at, by=current_user.id, at=at, note=_note())


def _run(uow: UnitOfWork, start: Row[Any], scheduled_at: datetime, at: datetime) -> str:
    return overrides.run_early(uow, start.id, scheduled_at, by=current_user.id, at=at, note=_note())


def _move(uow: UnitOfWork, start: Row[Any], scheduled_at: datetime, at: datetime) -> None:
    to = forms_moments.moment("to", current_user.timezone)
    if to is None:
        raise Invalid("Enter a date and a time, like 24.12.2026 18:00", field="to")
    overrides.move(uow, start.id, scheduled_at, to, by=current_user.id, at=at, note=_note())


def _change_inputs(uow: UnitOfWork, start: Row[Any], scheduled_at: datetime, at: datetime) -> None:
    given = inputs.read(start.inputs, request.form)
    changed = {key: value for key, value in given.items() if value != start.inputs.get(key)}
    overrides.change_inputs(uow, start.id, scheduled_at, changed, by=current_user.id, at=at, note=_note())


_CARRY_OUT: Final = {SKIP: _skip, RUN_EARLY: _run, MOVE: _move, INPUTS: _change_inputs}


def _start(connection: Connection, workflow: Row[Any], trigger_id: str) -> Row[Any]:
    for row in workflows.triggers(connection, workflow.id):
        if row.id == trigger_id:
            return row
    raise NotFound("There is no such start.")


def _read(moment: str) -> datetime:
    try:
        found = datetime.fromisoformat(moment)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise NotFound("There is no such time.") from None


def _note() -> str:
    return text("note")[:_LONGEST_NOTE]


def _said(moment: datetime, at: datetime) -> str:
    words = moment_words(moment, current_user.timezone, at)
    return words[:1].upper() + words[1:]
