"""The schedule form as a page: what stands in it, what it means, what has to be put right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import Row
from werkzeug.datastructures import MultiDict

from blueprints.shared.extensions import reading
from blueprints.starts import schedule_pages, schedule_values
from blueprints.starts.forms_schedule import new_phrase
from blueprints.starts.schedule_pages import Meaning
from blueprints.workflows.pages import page
from engine.domain.errors import Problem
from engine.domain.schedules.changes import Changes
from engine.domain.schedules.schedules import Schedule, to_document
from engine.domain.timetables.occurrences import Surroundings
from engine.queries.times import calendars, schedule_changes, surroundings
from engine.services.planning.schedules import SCHEDULE

_ASKING = ("more", "show", "turn", "switch")


@dataclass(frozen=True)
class Sheet:
    """One look at the form: of which workflow, of which start (None: a new one), with what typed into it."""

    workflow: Row[Any]
    at: datetime
    start: Row[Any] | None = None
    form: MultiDict[str, str] | None = None

    @property
    def stored(self) -> Mapping[str, Any] | None:
        return self.start.config["schedule"] if self.start else None

    @property
    def around(self) -> Surroundings:
        return around(self.at, self.start)


def posted(workflow: Row[Any], at: datetime, start: Row[Any] | None = None) -> Sheet:
    """Return the form as sent; a pressed Switch puts its own words in place of the phrase."""
    form = request.form.copy()
    if other := form.get("switch"):
        form["say"] = other[:200]
    return Sheet(workflow, at, start, form)


def read(sheet: Sheet) -> Meaning:
    assert sheet.form is not None
    return schedule_pages.read(sheet.form, sheet.at, current_user.timezone, sheet.around, sheet.stored)


def asked_for_more(sheet: Sheet, meaning: Meaning) -> ResponseReturnValue | None:
    """Show the form again: with one more time, the next runs, a pattern, or with what has to be put right."""
    assert sheet.form is not None
    if any(sheet.form.get(asked) for asked in _ASKING):
        return typed(sheet, meaning)
    return (typed(sheet, meaning), 422) if meaning.problems else None


def typed(sheet: Sheet, meaning: Meaning, problems: Sequence[Problem] = (), **more: Any) -> str:
    """Show what was typed, with its problems and those found while saving."""
    form, at = sheet.form, sheet.at
    assert form is not None
    values = schedule_values.of_form(form, at, current_user.timezone)
    if new_phrase(form):
        values = filled(values, meaning.schedule, at) or values
    if form.get("turn") and meaning.pattern:
        values = filled(values, meaning.pattern, at) or values
        meaning = schedule_pages.meaning_of(meaning.pattern, at, current_user.timezone, sheet.around)
    if kind := form.get("more"):
        values[f"{kind}.times"] = [*values.get(f"{kind}.times", []), ""]
    wrong = () if kind else (*meaning.problems, *problems)
    return _page(sheet, values, meaning, wrong, changes=changes(sheet.start, meaning, at), **more)


def blank(sheet: Sheet) -> str:
    """Show the form of a new start."""
    values = schedule_values.beginning(sheet.at, current_user.timezone)
    weekly = {"days": values["weekly.days"], "times": values["weekly.times"]}
    meaning = schedule_pages.of_stored(
        {"weekly": weekly, "timezone": values["timezone"]}, sheet.at, current_user.timezone, sheet.around)
    return _page(sheet, values, meaning)


def kept(sheet: Sheet) -> str:
    """Show the form of a start as it is now."""
    assert sheet.start is not None
    viewer = current_user.timezone
    values = schedule_values.of_document(sheet.start.config["schedule"], sheet.at, viewer)
    meaning = schedule_pages.of_stored(sheet.start.config["schedule"], sheet.at, viewer, sheet.around)
    return _page(sheet, {**values, "name": sheet.start.name}, meaning)


def _page(
    sheet: Sheet, values: Mapping[str, Any], meaning: Meaning, problems: Sequence[Problem] = (),
    changes: Changes | None = None, **more: Any,
) -> str:
    newest = sheet.start.updated_at.isoformat() if sheet.start else ""
    return page("schedules/form.html", sheet.workflow, sheet.at, values=values, start=sheet.start,
                meaning=meaning, choices=schedule_pages.choices(sheet.at, values, own()), problems=problems,
                changes=changes, seen=sheet.form.get("seen", "") if sheet.form else newest, **more)


def filled(values: Mapping[str, Any], schedule: Schedule | None, at: datetime) -> dict[str, Any] | None:
    """Return the values with the pattern a phrase stands for, if it could be read."""
    if schedule is None:
        return None
    pattern = schedule_values.of_document(to_document(schedule), at, schedule.timezone)
    return {**values, **pattern, "say": values.get("say", ""), "said": values.get("say", "")}


def changes(start: Row[Any] | None, meaning: Meaning, at: datetime) -> Changes | None:
    """Return what saving would do to the times of a start that has a schedule already."""
    if start is None or start.kind != SCHEDULE or meaning.schedule is None:
        return None
    return schedule_changes.against_stored(reading(), start, meaning.schedule, at)


def around(at: datetime, start: Row[Any] | None) -> Surroundings:
    """Return what the times shown keep clear of; a start that is not kept yet has nothing of its own."""
    return surroundings.one(reading(), start.id if start else "", after=at)


def own() -> list[tuple[str, str]]:
    return [(row.id, row.name) for row in calendars.own(reading())]
