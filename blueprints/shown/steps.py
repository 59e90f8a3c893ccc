"""Steps as pages show them: named, described in one line, with the steps they hold below them."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from engine.domain.data.conditions import in_words as condition_in_words
from engine.domain.data.references import LOOP_ROOTS
from engine.domain.errors import Problem
from engine.domain.steps.trees import BLOCKS, IF_FAILS, MAX_DEPTH, STEPS, blocks_of, numbered, walk
from engine.domain.time import durations
from engine.steps import name_of, names_of, registry

Step = Mapping[str, Any]
_REFERENCE: Final = re.compile(r"{{\s*([^{}|]+?)\s*(?:\|[^{}]*)?}}")


@dataclass(frozen=True)
class Card:
    """One step of a list. `problems` have fields relative to the step, like `with.url`."""

    number: str
    key: str
    name: str
    icon: str
    kind: str
    line: str
    notes: tuple[str, ...]
    problems: tuple[Problem, ...]
    groups: "tuple[Group, ...]" = ()


@dataclass(frozen=True)
class Group:
    """The steps in one block. `block` names it in addresses; the workflow itself is the block ""."""

    block: str
    title: str
    cards: tuple[Card, ...]
    has_room: bool = True
    ending: str = ""


def whole(steps: Sequence[Step], problems: Sequence[Problem] = ()) -> Group:
    """Return the steps of a workflow as the outermost group."""
    return Group("", "", _Deck(steps, problems).cards(steps, STEPS, 0))


def every(cards: Sequence[Card]) -> Iterator[Card]:
    """Go through cards in reading order, those inside others too."""
    for card in cards:
        yield card
        for group in card.groups:
            yield from every(group.cards)


def problems_by_place(
    steps: Sequence[Step], problems: Sequence[Problem]
) -> dict[str, list[Problem]]:
    """Return the problems of each step, those of inner steps not among them, with fields relative to it."""
    places = {one.place for one in walk(steps)}
    found = defaultdict[str, list[Problem]](list)
    for problem in problems:
        place = problem.field or ""
        while place and place not in places:
            place = place.rpartition(".")[0]
        field = (problem.field or "")[len(place):].lstrip(".") or None
        found[place].append(Problem(problem.message, field, problem.code))
    return found


def blocks(step: Step) -> tuple[str, ...]:
    """Return the blocks a step shows: those of its type, and what is written."""
    kind = registry().get(str(step.get("type")))
    known = kind.blocks if kind else {}
    return tuple(name for name in BLOCKS if name in known or isinstance(step.get(name), list))


def block_title(step: Step, block: str) -> str:
    kind = registry().get(str(step.get("type")))
    return "If this fails" if block == IF_FAILS else (kind.blocks if kind else {}).get(block, block)


def group_of(step: Step, name: str) -> Mapping[str, Any]:
    """Return settings like `with` or `retry` as written; nothing where something else was written."""
    written = step.get(name)
    return written if isinstance(written, Mapping) else {}


def line_of(step: Step, names: Mapping[str, str]) -> str:
    """Describe a step in one line, with the values of other steps by name."""
    kind = registry().get(str(step.get("type")))
    if kind is None:
        return "This kind of step is not known here."
    return in_words(kind.describe(group_of(step, "with")), names)


def in_words(text: str, names: Mapping[str, str]) -> str:
    """Say "Get sales › rows" for `{{ steps.get_sales.rows }}`."""

    def said(found: re.Match[str]) -> str:
        root, *path = found[1].split(".")
        if root == "steps" and path:
            path[0] = names.get(path[0], path[0])
        return " › ".join([root, *path] if root in LOOP_ROOTS or not path else path)

    return _REFERENCE.sub(said, text)


def warning_in_words(expectation: Any) -> str:
    """Say what a step warns of: "rows.count is less than “10”"."""
    if not isinstance(expectation, Mapping):
        return str(expectation)
    said = condition_in_words("…", str(expectation.get("is", "")), expectation.get("right"))
    return f"{expectation.get('value') or 'what comes out'}{said.removeprefix('“…”')}"


class _Deck:
    """Draws the cards of one workflow."""

    def __init__(self, steps: Sequence[Step], problems: Sequence[Problem]) -> None:
        self._numbers = {one.place: number for number, one in numbered(steps)}
        self._names = names_of(steps)
        self._problems = problems_by_place(steps, problems)

    def cards(self, steps: Sequence[Step], place: str, depth: int) -> tuple[Card, ...]:
        return tuple(self._card(step, f"{place}.{index}", depth) for index, step in enumerate(steps))

    def _card(self, step: Step, place: str, depth: int) -> Card:
        kind = registry().get(str(step.get("type")))
        return Card(
            number=self._numbers[place], key=str(step.get("key", "")), name=name_of(step),
            icon=kind.icon if kind else "circle-help", kind=kind.name if kind else str(step.get("type")),
            line=line_of(step, self._names), notes=tuple(_notes(step)),
            problems=tuple(self._problems.get(place, ())), groups=self._groups(step, place, depth),
        )

    def _groups(self, step: Step, place: str, depth: int) -> tuple[Group, ...]:
        written = dict(blocks_of(step))
        return tuple(
            Group(f"{step.get('key')}.{name}", block_title(step, name),
                  self.cards(written.get(name, ()), f"{place}.{name}", depth + 1),
                  has_room=depth < MAX_DEPTH, ending=_ending(step, name))
            for name in blocks(step)
        )


def _ending(step: Step, block: str) -> str:
    if block == IF_FAILS:
        return f"Then the run {'goes on' if step.get('on_failure') == 'continue' else 'stops'}"
    return "Then comes the next item" if block == STEPS else ""


def _notes(step: Step) -> Iterator[str]:
    """What is special about a step: its own tries, its time limit, what follows a failure, warnings."""
    if (tries := group_of(step, "retry").get("max_attempts")) is not None:
        yield "Tried once" if tries in (0, 1) else f"Tried up to {tries} times"
    if seconds := step.get("timeout_seconds"):
        yield f"At most {_span(seconds)}"
    if step.get("on_failure") == "continue" and not step.get(IF_FAILS):
        yield "If it fails, the run goes on"
    for expectation in step.get("warn_if") or ():
        yield f"Warns if {warning_in_words(expectation)}"
    if seconds := step.get("warn_after_seconds"):
        yield f"Warns if it takes longer than {_span(seconds)}"


def _span(seconds: Any) -> str:
    return durations.in_words(timedelta(seconds=seconds)) if isinstance(seconds, int) else str(seconds)
