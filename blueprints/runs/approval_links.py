"""The link of a mail that asks: it opens signed out, and only pressing a button answers."""

from collections.abc import Sequence
from typing import Any

from apiflask import APIBlueprint
from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from blueprints.shared.extensions import limiter, reading, writing
from blueprints.shared.forms import text
from engine import clock
from engine.domain.errors import Conflict, Invalid, Problem
from engine.postman import hash_of
from engine.queries.runs import questions
from engine.services.runs import approvals

bp = APIBlueprint("approval_links", __name__, url_prefix="/approvals/answer", enable_openapi=False)


@bp.get("/<token>")
@limiter.limit("30 per minute")
def show(token: str) -> ResponseReturnValue:
    return _page(_asked(token))


@bp.post("/<token>")
@limiter.limit("30 per minute")
def answer(token: str) -> ResponseReturnValue:
    """Answer as whoever the mail went to."""
    at, row = clock.now(), _asked(token)
    try:
        with writing() as uow:
            approvals.answer(uow, row.id, text("answer"), by=row.address, note=text("note"), at=at)
    except Invalid as error:
        return _page(row, error.problems), 422
    except Conflict:
        return _page(_asked(token)), 409
    return _page(_asked(token), said=text("answer"))


def _asked(token: str) -> Row[Any]:
    return questions.by_link(reading(), hash_of(token), clock.now())


def _page(row: Row[Any], problems: Sequence[Problem] = (), said: str | None = None) -> str:
    return render_template("approvals/link.html", row=row, problems=problems, said=said,
                           note=request.form.get("note", ""), action=request.path)
