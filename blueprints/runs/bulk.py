"""Doing the same to many runs: asked first, with the first names and the number, then done."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from apiflask import APIBlueprint
from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from blueprints.runs import chosen
from blueprints.runs.chosen import AGAIN, IGNORE, STOP
from blueprints.shared.extensions import reading
from blueprints.shared.forms import text
from blueprints.shared.security import requires
from blueprints.shown.brake import is_untold
from engine import clock
from engine.domain.errors import Invalid
from engine.domain.ids import new_id
from engine.domain.runs.states import PENDING
from engine.queries.runs.executions import Filter
from engine.queries.visibility import may_see
from engine.queries.workflows import workflows
from engine.services.runs.bulk import Answer

bp = APIBlueprint("bulk", __name__, url_prefix="/executions/chosen", enable_openapi=False)

_NAMED: Final = 10


@dataclass(frozen=True)
class Words:
    """What is said of doing something to runs. `left_out` and `done` are for one run and for several."""

    title: str
    button: str
    effect: str
    none_fit: str
    left_out: tuple[str, str]
    done: tuple[str, str]


_WORDS: Final = {
    STOP: Words(
        "Stop {}?", "Stop {}", "They end now. Steps that already ran are not undone.",
        "All of them have ended already.",
        ("has ended already and stays as it is", "have ended already and stay as they are"),
        ("is stopped", "are stopped")),
    AGAIN: Words(
        "Start {} again?", "Start {} again",
        "Each starts from its first step, with the same starting data and the version that is live now. "
        "What reached the outside will do so again.", "None of them has ended yet. Stop them first.",
        ("has not ended yet and is left alone", "have not ended yet and are left alone"),
        ("starts again", "start again")),
    IGNORE: Words(
        "Ignore {}?", "Ignore {}",
        "They no longer stand under “Needs attention” on Home, and neither do earlier failures of the "
        "same workflows. The runs stay as they are, and the next failure is shown again.",
        "None of them failed or looks unusual.",
        ("did not fail and is left alone", "did not fail and are left alone"),
        ("is ignored", "are ignored")),
}


@bp.get("")
@requires("operator")
def ask() -> ResponseReturnValue:
    action, which = _action(request.args.get("do", "")), _which(request.args)
    if not which:
        flash("Tick the runs first.", "wait")
        return redirect("/monitoring", 303)
    return _question(action, which, request.args)


@bp.post("")
@requires("operator")
def do() -> ResponseReturnValue:
    action, which = _action(text("do")), _which(request.form)
    if action == AGAIN and is_untold():
        return _question(action, which, request.form), 409
    if isinstance(which, Filter):
        which = [row.id for row in chosen.find(which, action)[:chosen.MOST[action]]]
    flash(*_outcome(chosen.carry_out(which, action, text("key")[:40] or None), action))
    slug = text("workflow")
    return redirect(f"/monitoring?workflow={slug}" if slug else "/monitoring", 303)


def _question(action: str, which: Sequence[str] | Filter, given: MultiDict[str, str]) -> str:
    rows = chosen.find(which, action)
    fit = [row for row in rows if chosen.fits(row, action)]
    count = min(len(fit), chosen.MOST[action])
    return render_template(
        "executions/chosen.html", action=action, words=_WORDS[action], many=_runs(count), count=count,
        rows=fit[:_NAMED], left_out=len(rows) - len(fit), more=len(fit) > chosen.MOST[action],
        ids=[row.id for row in fit] if given.getlist("run") else (),
        workflow=given.get("workflow", ""), key=new_id(clock.now()),
    )


def _outcome(answers: Sequence[Answer], action: str) -> tuple[str, str]:
    """Say how many it was done to, and the first reason why not to others."""
    refused = [answer.refusal for answer in answers if answer.refusal is not None]
    done = len(answers) - len(refused)
    said = f"{_runs(done)} {_WORDS[action].done[done != 1]}."
    if refused:
        said += f" {_runs(len(refused))} could not be: {refused[0].message}"
    return said, "wait" if refused else "ok"


def _runs(number: int) -> str:
    return "1 run" if number == 1 else f"{number:,} runs"


def _action(word: str) -> str:
    if word not in chosen.STATUSES:
        raise Invalid("Choose what to do with these runs", field="do")
    return word


def _which(given: MultiDict[str, str]) -> Sequence[str] | Filter:
    """Read the ticked runs, or the workflow whose queued runs are meant."""
    if ids := given.getlist("run"):
        return ids[:chosen.MOST[AGAIN]]
    if slug := given.get("workflow", ""):
        workflow = workflows.by_slug(reading(), may_see(current_user), slug)
        return Filter(workflow.id, PENDING)
    return ()
