"""The web address of a start: added, shown with its last calls, signed with a secret or not."""

from collections.abc import Sequence
from typing import Any

from apiflask import APIBlueprint
from flask import flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import Connection, Row

from blueprints.shared.extensions import parts, reading, writing
from blueprints.shared.forms import text
from blueprints.shared.security import requires
from blueprints.workflows.pages import base_of, find, page
from engine import clock
from engine.domain.errors import Invalid, NotFound, Problem
from engine.domain.workflows import webhooks
from engine.queries.workflows import webhooks as queries
from engine.queries.workflows import workflows
from engine.queries.workflows.webhooks import WEBHOOK
from engine.services.workflows import triggers

bp = APIBlueprint("webhook_pages", __name__, url_prefix="/workflows/<slug>/starts", enable_openapi=False)


@bp.get("/web-address")
@requires("editor")
def new(slug: str) -> ResponseReturnValue:
    return page("starts/web_address_new.html", find(slug), clock.now(), values={})


@bp.post("/web-address")
@requires("editor")
def add(slug: str) -> ResponseReturnValue:
    at, workflow = clock.now(), find(slug)
    try:
        with writing() as uow:
            name = text("name")[:100] or triggers.free_name(uow, workflow.id, "Web address")
            trigger_id = triggers.add(uow, workflow.id, name=name, kind=WEBHOOK, signed=_signed(),
                                      by=current_user.id, at=at)
    except Invalid as error:
        return page("starts/web_address_new.html", find(slug), at, values=request.form,
                    problems=error.problems), 422
    return redirect(f"{base_of(workflow)}/starts/{trigger_id}", 303)


@bp.get("/<trigger_id>")
def show(slug: str, trigger_id: str) -> ResponseReturnValue:
    workflow = find(slug)
    return _page(workflow, _start(reading(), workflow, trigger_id))


@bp.post("/<trigger_id>")
@requires("editor")
def save(slug: str, trigger_id: str) -> ResponseReturnValue:
    workflow = find(slug)
    start = _start(reading(), workflow, trigger_id)
    try:
        with writing() as uow:
            triggers.edit(uow, trigger_id, name=text("name")[:100] or start.name, signed=_signed(),
                          by=current_user.id, at=clock.now())
    except Invalid as error:
        return _page(workflow, start, problems=error.problems), 422
    flash("The web address is saved.", "ok")
    return redirect(f"{base_of(workflow)}/starts/{trigger_id}", 303)


@bp.post("/<trigger_id>/secret")
@requires("editor")
def renew(slug: str, trigger_id: str) -> ResponseReturnValue:
    """Answer with the page itself: the secret is shown once and stored nowhere."""
    workflow = find(slug)
    _start(reading(), workflow, trigger_id)
    with writing() as uow:
        generation = triggers.renew_secret(uow, trigger_id, by=current_user.id, at=clock.now())
    secret = webhooks.secret_of(parts().settings.secret_key(), trigger_id, generation)
    return _page(workflow, _start(reading(), workflow, trigger_id), secret=secret), 201


def _page(
    workflow: Row[Any], start: Row[Any], *, secret: str | None = None, problems: Sequence[Problem] = ()
) -> str:
    signed = bool(start.config.get("signed"))
    values = request.form if problems else {"name": start.name, "signed": "yes" if signed else "no"}
    return page(
        "starts/web_address.html", workflow, clock.now(), start=start, values=values, secret=secret,
        signed=signed, has_secret=bool(start.config.get("generation")), problems=problems,
        address=f"{parts().settings.base_url}/api/webhooks/{start.id}",
        calls=queries.last_calls(reading(), start), refusals=queries.refusals(reading(), start.id),
    )


def _signed() -> bool:
    return text("signed") == "yes"


def _start(connection: Connection, workflow: Row[Any], trigger_id: str) -> Row[Any]:
    for row in workflows.triggers(connection, workflow.id):
        if row.id == trigger_id and row.kind == WEBHOOK:
            return row
    raise NotFound("There is no such web address.")
