"""What every template may use: filters, a few functions, and the context the base page expects."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, current_app, has_request_context, request, url_for
from flask_login import current_user

from blueprints.shared import formats, words
from engine import clock
from engine.domain.errors import Problem


def install(app: Flask) -> None:
    """Give the app's templates their filters, functions and context."""
    app.jinja_env.filters.update(
        took=formats.took, span=formats.span, stopwatch=formats.stopwatch,
        zone_words=formats.zone_words, moment_words=formats.moment_words, iso=iso,
        second_words=formats.second_words, needs_seconds=formats.needs_seconds, named_parts=words.named_parts,
        kind_words=words.kind_words, value_words=words.value_words,
        item_words=words.item_words, item_number=words.item_number, step_words=words.step_words,
        day_words=formats.day_words, clock_words=formats.clock_words, relative=formats.relative,
    )
    app.jinja_env.globals.update(
        asset=asset, look=words.look, error_advice=words.error_advice,
        tally=words.tally, bar_height=formats.bar_height, stretch=formats.stretch,
        field_id=field_id, problem_for=problem_for,
    )
    app.context_processor(base_context)


def base_context() -> dict[str, Any]:
    return {"now": clock.now(), "nav_items": _navigation(), **_viewer()}


def asset(name: str) -> str:
    """Return the address of a static file, with its content in the query so it can be kept for ever."""
    kept: dict[str, str] = current_app.extensions.setdefault("carillon_assets", {})
    if name not in kept:
        digest = _digest(str(Path(current_app.static_folder or "") / name))
        kept[name] = url_for("static", filename=name, v=digest)
    return kept[name]


def iso(when: datetime) -> str:
    """Return the moment for machines, in UTC."""
    return when.isoformat(timespec="seconds").replace("+00:00", "Z")


def field_id(name: str) -> str:
    """Return the element id of a form field: `steps.0.with.url` lives in `f-steps-0-with-url`."""
    return "f-" + name.replace(".", "-")


def problem_for(problems: Sequence[Problem], name: str) -> str | None:
    """Return the message that belongs to this field, if there is one."""
    return next((problem.message for problem in problems if problem.field == name), None)


def _navigation() -> list[dict[str, Any]]:
    """Only pages that exist are offered."""
    rules = {rule.rule for rule in current_app.url_map.iter_rules()}
    path = request.path if has_request_context() else ""
    return [
        {"text": item.text, "path": item.path, "icon": item.icon, "current": item.is_current(path)}
        for item in words.NAVIGATION if item.path in rules
    ]


def _viewer() -> dict[str, str]:
    signed_in = hasattr(current_app, "login_manager") and current_user and current_user.is_authenticated
    home = current_app.config.get("TIMEZONE", "UTC")
    if not signed_in:
        return {"zone": home, "theme": "system", "locale": "en"}
    return {"zone": current_user.timezone, "theme": current_user.theme, "locale": "en"}


@cache
def _digest(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:10]
