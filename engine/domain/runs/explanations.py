"""What the catalogue says about a failure, filled with what is known about this one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.domain.runs.catalogue import CATALOGUE, LABELS, UNKNOWN_FACTS
from engine.domain.time.durations import limit_in_words

_BLANK: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Action:
    """A button: `key` says to the page where it leads."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What happened, what to do about it, and the buttons for that."""

    code: str
    title: str
    message: str
    what_to_do: str
    actions: tuple[Action, ...]


def explain(code: str, message: str | None = None, data: Any = None) -> Explanation:
    """Explain a failure; `data` is the detail the step gave. An unknown code is our bug."""
    known = code if code in CATALOGUE else "app.bug"
    title, what_to_do, actions = CATALOGUE[known]
    facts = _facts(data)
    return Explanation(
        known, _fill(title, facts), message or "", _fill(what_to_do, facts),
        tuple(Action(key, LABELS[key]) for key in actions),
    )


def _facts(data: Any) -> dict[str, str]:
    given = data if isinstance(data, Mapping) else {}
    facts = {key: str(value)[:200] for key, value in given.items() if value not in (None, "")}
    if isinstance(given.get("seconds"), (int, float)):
        facts["seconds"] = limit_in_words(given["seconds"])
    if isinstance(given.get("limit"), int):
        facts["limit"] = f"{given['limit']:,}"
    return facts


def _fill(sentence: str, facts: Mapping[str, str]) -> str:
    """Put facts in; never `str.format`, for a fact may come from outside."""
    filled = _BLANK.sub(lambda blank: facts.get(blank[1], UNKNOWN_FACTS[blank[1]]), sentence)
    return filled if "host" in facts else filled[0].upper() + filled[1:]
