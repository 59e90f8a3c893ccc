"""What changed between two lists of steps, setting by setting, before it is put into words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final, Literal

from engine.domain.steps.trees import BLOCKS, numbered

Step = Mapping[str, Any]
Kind = Literal["added", "removed", "moved", "changed"]
_DEFAULTS: Final = {"on_failure": "stop", "warn_if": []}
_Identity = tuple[str, str]


@dataclass(frozen=True)
class Where:
    """Where a step stands: its number, and the block of the step that holds it."""

    number: str
    holder: Step | None = None
    block: str = ""

    @property
    def around(self) -> tuple[Any, str]:
        return (self.holder.get("key") if self.holder else None, self.block)


@dataclass(frozen=True)
class Difference:
    """One change to one step. `setting` is dotted (`with.url`, `name`); only `changed` has one.

    `before` and `after` are values, or for `moved` and `added` each a `Where`.
    """

    kind: Kind
    step: Step
    before: Any = None
    after: Any = None
    setting: str = ""


def differences(old: Sequence[Step], new: Sequence[Step]) -> list[Difference]:
    """Return every change, in the order of the new list; what was removed comes last."""
    before, after = _standing(old), _standing(new)
    settled = _settled(before, after)
    found: list[Difference] = []
    for identity, (step, where) in after.items():
        if identity not in before:
            found.append(Difference("added", step, after=where))
            continue
        was, stood = before[identity]
        if identity not in settled:
            found.append(Difference("moved", step, stood, where))
        found += _changes(was, step)
    gone = [step for identity, (step, _) in before.items() if identity not in after]
    return found + [Difference("removed", step) for step in gone]


def _standing(steps: Sequence[Step]) -> dict[_Identity, tuple[Step, Where]]:
    """Return each step with its place. A step that became another type is another step."""
    return {
        (str(one.step.get("key")), str(one.step.get("type"))):
            (one.step, Where(number, *(one.around[-1] if one.around else ())))
        for number, one in numbered(steps)
    }


def _settled(
    before: Mapping[_Identity, tuple[Step, Where]], after: Mapping[_Identity, tuple[Step, Where]]
) -> set[_Identity]:
    """The steps that stayed in their block and kept their order among each other."""
    found: set[_Identity] = set()
    for around in {where.around for _, where in before.values()}:
        old, new = (
            [key for key, (_, where) in standing.items() if where.around == around]
            for standing in (before, after)
        )
        both = [key for key in old if key in {*new}]
        matcher = SequenceMatcher(None, both, [key for key in new if key in {*old}], autojunk=False)
        found.update(key for block in matcher.get_matching_blocks()
                     for key in both[block.a:block.a + block.size])
    return found


def _changes(old: Step, new: Step) -> Iterator[Difference]:
    before, after = dict(_flat(old)), dict(_flat(new))
    for setting in [*before, *(name for name in after if name not in before)]:
        default = _DEFAULTS.get(setting)
        was, now = before.get(setting, default), after.get(setting, default)
        if was != now:
            yield Difference("changed", new, was, now, setting)


def _flat(step: Step) -> Iterator[tuple[str, Any]]:
    for name, value in step.items():
        if name in ("with", "retry") and isinstance(value, Mapping):
            yield from ((f"{name}.{inner}", item) for inner, item in value.items())
        elif name not in ("key", "type", *BLOCKS):
            yield name, value
