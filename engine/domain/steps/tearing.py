"""What a change to the order of steps tears: values that were in reach before it and are not any more."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from engine.domain.steps.checks import check_steps
from engine.domain.steps.documents import StepKinds
from engine.domain.steps.trees import walk

Step = Mapping[str, Any]


class Torn(NamedTuple):
    """A setting of a step that would lose a value; `setting` is dotted, like `with.url`."""

    step: Step
    setting: str


def torn(before: Sequence[Step], after: Sequence[Step], kinds: StepKinds) -> list[Torn]:
    """Return the settings that can't be filled in `after` and could be in `before`, in reading order."""
    old, found = Counter(map(_identity, _broken(before, kinds))), list[Torn]()
    for one in _broken(after, kinds):
        if old[_identity(one)]:
            old[_identity(one)] -= 1
        elif one not in found:
            found.append(one)
    return found


def _identity(one: Torn) -> tuple[Any, str]:
    return one.step.get("key"), one.setting


def _broken(steps: Sequence[Step], kinds: StepKinds) -> Iterator[Torn]:
    """Yield each setting once for every reference in it that can't be filled."""
    places = {one.place: one.step for one in walk(steps)}
    for problem in check_steps(list(steps), kinds):
        place, _, setting = (problem.field or "").partition(".with.")
        if problem.code == "reference" and place in places:
            yield Torn(places[place], f"with.{setting}")
