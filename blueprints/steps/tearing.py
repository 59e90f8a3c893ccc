"""The question before a step moves or goes away that others take values from."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from flask import request
from sqlalchemy import Row

from blueprints.shared.forms import text
from blueprints.shared.partials import question
from blueprints.shown.changes import setting_in_words
from blueprints.shown.steps import Step
from engine.domain.steps.tearing import Torn, torn
from engine.steps import name_of, names_of, registry


class Loss(NamedTuple):
    """A field that would lose a value, in words."""

    step: str
    field: str
    value: str


def losses(workflow: Row[Any], after: Sequence[Step]) -> list[Loss]:
    """Return what would be lost; nothing when the reader was told, or has looked at an older draft."""
    if text("anyway") or text("rev") != str(workflow.draft_rev):
        return []
    names = names_of(workflow.draft)
    return [_loss(one, names) for one in torn(workflow.draft, after, registry())]


def ask(title: str, button: str, found: Sequence[Loss], *, back: str) -> str:
    """Ask; the form sends what was sent once more, with the word that it is wanted anyway."""
    sent = {name: value for name, value in request.form.items() if name in ("rev", "where")}
    return question(title, "steps/_torn.html", losses=found, button=button, sent=sent, action=request.path,
                    back=back)


def _loss(one: Torn, names: Mapping[str, str]) -> Loss:
    return Loss(name_of(one.step), *setting_in_words(one.step, one.setting, names))
