"""The page of one run, and what people do to runs: start, stop, repeat."""

from collections.abc import Iterator
from typing import Any, Final

from apiflask import APIBlueprint
from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from blueprints.runs import log, words
from blueprints.runs import view as run_view
from blueprints.runs.inside import Into
from blueprints.runs.view import RunView
from blueprints.shared.extensions import parts, reading, writing
from blueprints.shared.partials import question
from blueprints.shared.security import requires
from blueprints.shared.words import item_words
from engine import clock
from engine.connecting import to_json
from engine.db import Database
from engine.domain.errors import NotFound
from engine.domain.steps.trees import numbered
from engine.queries.overview import changes
from engine.queries.runs import executions, logs, related, steps
from engine.queries.runs.whole import Run
from engine.queries.visibility import authorize_execution, may_see
from engine.services.runs import executions as services

bp = APIBlueprint("executions", __name__, enable_openapi=False)
words.install(bp)

_TABS: Final = dict(run_view.TABS)


@bp.get("/runs/<execution_id>")
def moved(execution_id: str) -> ResponseReturnValue:
    return redirect(url_for(".show", execution_id=execution_id))


@bp.get("/executions/<execution_id>")
def show(execution_id: str) -> ResponseReturnValue:
    at, tab = clock.now(), request.args.get("tab", "steps")
    if tab not in _TABS:
        raise NotFound("This run has no such page")
    cursor = changes.cursor(reading(), at)
    into = Into.asked(request.args) if tab == "steps" else None
    view = run_view.view(reading(), may_see(current_user), execution_id, at, into)
    context: dict[str, Any] = {"view": view, "run": view.run.row, "tab": tab, "cursor": cursor,
                               "live_query": f"?{into.query() if into else f'tab={tab}'}",
                               "step_names": view.run.names}
    if tab == "log":
        context |= _log(view)
        context["cursor"] = f"{cursor}-{context['lines'][-1].id if context['lines'] else 0}"
    return render_template("executions/show.html", **context), 422 if context.get("problems") else 200


@bp.get("/executions/<execution_id>/log")
def download_log(execution_id: str) -> ResponseReturnValue:
    """All lines, as text for people; times are UTC."""
    authorize_execution(reading(), current_user, execution_id)
    return Response(
        _as_text(parts().database, execution_id), mimetype="text/plain",
        headers=_attachment(f"run-{execution_id}.txt"),
    )


@bp.get("/executions/<execution_id>/data/<number>")
def download_data(execution_id: str, number: str) -> ResponseReturnValue:
    """What came out of step `number` (`?at=` its position in loops); 0 is the starting data."""
    run = executions.run(reading(), may_see(current_user), execution_id, log_lines=0)
    data = run.row.input if number == "0" else _given_by(run, number, request.args.get("at", ""))
    return Response(to_json(run.shown(data)), mimetype="application/json",
                    headers=_attachment(f"run-{execution_id}-{number}.json"))


@bp.get("/executions/<execution_id>/cancellation")
@requires("operator")
def ask_to_stop(execution_id: str) -> ResponseReturnValue:
    run = executions.run(reading(), may_see(current_user), execution_id, log_lines=0)
    return question("Stop this run?", "executions/_stop.html", run=run.row,
                    waits_for=related.awaited(reading(), may_see(current_user), execution_id))


@bp.post("/executions/<execution_id>/cancellation")
@requires("operator")
def stop(execution_id: str) -> ResponseReturnValue:
    with writing() as uow:
        authorize_execution(uow.connection, current_user, execution_id, "operator")
        services.cancel(uow, execution_id, by=current_user.name, at=clock.now())
    flash("The run is stopped.", "ok")
    return redirect(url_for(".show", execution_id=execution_id), 303)


def _given_by(run: Run, number: str, position: str) -> Any:
    keys = [one.step["key"] for shown, one in numbered(run.plan) if shown == number]
    for row in steps.at(reading(), run.row.id, keys, position[:80]).values():
        return row.output
    raise NotFound("There is no data of this step")


def _log(view: RunView) -> dict[str, Any]:
    run, asked = view.run, log.asked(request.args, view.run.plan)
    before = request.args.get("before", type=int)
    shown = log.shown(reading(), run, asked, before)
    earlier = url_for(".show", execution_id=run.row.id, **{
        **request.args.to_dict(), "before": shown["lines"][0].id,
    }) if shown["has_earlier"] else None
    return {**shown, "earlier": earlier, "live_query": asked.live_query}


def _as_text(database: Database, execution_id: str) -> Iterator[str]:
    """Read while it is sent, which goes on after the request's own connection is given back."""
    with database.reading() as connection:
        for line in logs.whole(connection, execution_id):
            place = ", ".join(filter(None, (line.step_key, item_words(line.position))))
            step = f" [{place}]" if place else ""
            yield f"{line.at.isoformat(timespec='milliseconds')} {line.level.upper()}{step} {line.message}\n"


def _attachment(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"',
            "Content-Security-Policy": "default-src 'none'; sandbox"}
