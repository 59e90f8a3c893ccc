"""Bringing in a crontab: paste it, see what each line becomes, add the drafts."""

from typing import Any

from apiflask import APIBlueprint
from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from blueprints.shared.extensions import reading, writing
from blueprints.shared.forms import text
from blueprints.shared.security import requires
from blueprints.workflows import crontabs
from engine import clock
from engine.domain.errors import Invalid, Problem
from engine.domain.time.zones import zone_choices
from engine.domain.workflows.crontab_drafts import drafts_of, plan_import
from engine.domain.workflows.crontabs import USER_COLUMN
from engine.queries.server import scripts
from engine.services.workflows import crontab_imports

bp = APIBlueprint("imports", __name__, url_prefix="/workflows/import", enable_openapi=False)


@bp.get("")
@requires("editor")
def form() -> ResponseReturnValue:
    return _page({"timezone": current_user.timezone, "user_column": "auto"})


@bp.post("")
@requires("editor")
def bring_in() -> ResponseReturnValue:
    """Show what each line becomes; with `add` also make the drafts."""
    at, values = clock.now(), request.form
    try:
        if not text("text"):
            raise Invalid("Paste your crontab here, as crontab -l shows it", field="text", code="missing")
        has_user = USER_COLUMN.get(text("user_column"))
        plan = plan_import(values["text"], at=at, timezone=text("timezone"), has_user=has_user)
    except Invalid as error:
        return _page(values, error.problems), 422
    if not values.get("add"):
        return _page(values, lines=crontabs.lines_of(plan))
    with writing() as uow:
        made = crontab_imports.bring_in(uow, drafts_of(plan), owner_id=current_user.id, at=at)
    lines = crontabs.lines_of(plan, made)
    return render_template("imports/done.html", lines=lines, count=len(made),
                           scripts_allowed=scripts.are_allowed(reading()))


def _page(
    values: Any, problems: tuple[Problem, ...] = (), lines: list[crontabs.Line] | None = None
) -> str:
    zones, zone = zone_choices(clock.now()), values.get("timezone", "")
    is_listed = any(name == zone for name, _ in zones)
    return render_template("imports/form.html", values=values, problems=problems, lines=lines,
                           scripts_allowed=scripts.are_allowed(reading()),
                           zones=zones if is_listed else [(zone, zone), *zones])
