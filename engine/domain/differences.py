"""What changed between two lists of steps, setting by setting, before it is put into words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final, Literal

Step = Mapping[str, Any]
Kind = Literal["added", "removed", "moved", "changed"]
_DEFAULTS: Final = {"on_failure": "stop"}


@dataclass(frozen=True)
class Difference:
    """One change to one step. `setting` is dotted (`with.url`, `name`); only `changed` has one."""

    kind: Kind
    step: Step
    before: Any = None
    after: Any = None
    setting: str = ""


def differences(old: Sequence[Step], new: Sequence[Step]) -> list[Difference]:
    """Return every change, in the order of the new list; what was removed comes last."""
    before = {_identity(step): step for step in old}
    after = {_identity(step): step for step in new}
    settled = _settled([*before], [*after])
    found: list[Difference] = []
    for place, (identity, step) in enumerate(after.items(), start=1):
        if identity not in before:
            found.append(Difference("added", step, after=place))
            continue
        if identity not in settled:
            found.append(Difference("moved", step, [*before].index(identity) + 1, place))
        found += _changes(before[identity], step)
    return found + [Difference("removed", step) for key, step in before.items() if key not in after]


def _identity(step: Step) -> tuple[str, str]:
    """A step that became another type is another step."""
    return str(step.get("key")), str(step.get("type"))


def _settled(old: list[tuple[str, str]], new: list[tuple[str, str]]) -> set[tuple[str, str]]:
    """The steps that kept their order among each other."""
    common = {*old} & {*new}
    stayed = [key for key in old if key in common]
    blocks = SequenceMatcher(None, stayed, [key for key in new if key in common], autojunk=False)
    return {key for block in blocks.get_matching_blocks() for key in stayed[block.a:block.a + block.size]}


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
        elif name not in ("key", "type"):
            yield name, value
