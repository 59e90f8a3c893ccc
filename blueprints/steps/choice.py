"""The kinds of steps to choose from, grouped and searched."""

from typing import Any, Final

from engine.steps import registry
from engine.steps._base import StepType

# Words people use for a kind of step that its name and summary do not have.
_SYNONYMS: Final = {
    "http_request": "http api url address link download fetch web call send post",
    "send_email": "mail gmail smtp message letter",
    "send_chat": "slack teams discord telegram message notify",
    "only_if": "if condition check filter decide when",
    "wait": "pause delay sleep later",
    "write_log": "log note print message",
    "stop": "end finish cancel abort fail",
    "script": "shell bash python command program code cron",
    "pick_fields": "columns map rename select choose",
    "if": "condition check branch else decide when",
    "for_each": "loop repeat every row list iterate",
    "wait_until": "pause delay sleep later date",
    "approve": "ask confirm question person manual yes no",
    "run_workflow": "subworkflow call child start other",
}
_ORDER: Final = (
    "Get something", "Send or save", "Change data", "Decide and wait", "Build blocks", "Advanced",
)


def groups(search: str) -> list[tuple[str, list[StepType[Any]]]]:
    """Return the groups that have a match, in the order people look for them."""
    words = search.lower().split()
    found = [kind for kind in registry().values() if all(word in _text(kind) for word in words)]
    names = sorted({kind.group for kind in found}, key=_place)
    return [(name, [kind for kind in found if kind.group == name]) for name in names]


def _text(kind: StepType[Any]) -> str:
    return f"{kind.name} {kind.summary} {kind.group} {_SYNONYMS.get(kind.key, '')}".lower()


def _place(group: str) -> tuple[int, str]:
    return (_ORDER.index(group) if group in _ORDER else len(_ORDER), group)
