"""The values a step can take from earlier ones and from the run: what to write, how to say it, a sample."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from blueprints.shared.words import kind_words
from blueprints.shown.loop_lists import listed
from blueprints.shown.steps import Step
from engine.domain.data.values import as_text
from engine.domain.steps.reach import Reached, reached
from engine.domain.steps.trees import IF_FAILS, STEPS
from engine.steps import name_of, registry

_MOST: Final = 30
_DEEPEST: Final = 4
_LONGEST_SAMPLE: Final = 40
_RUN: Final = (
    ("run.started_at", "When the run began"), ("run.workflow", "Name of the workflow"),
    ("run.started_by", "What started it"), ("run.id", "Number of the run"),
)
_LOOP: Final = (("number", "Number of the item"), ("count", "How many items there are"))
_FAILURE: Final = (("error.message", "What went wrong"), ("error.code", "Error code"))
_SAID: Final = {"count": "how many", "first": "first one"}


@dataclass(frozen=True)
class Value:
    """`reference` is what is written into a field; `sample` is what the last run had there."""

    reference: str
    label: str
    sample: str = ""


@dataclass(frozen=True)
class Source:
    name: str
    values: tuple[Value, ...]


def offered(
    steps: Sequence[Step], key: str, given: Mapping[str, Any], outputs: Mapping[str, Any]
) -> list[Source]:
    """Return what the step `key` can use where it stands.

    `given` is what a past run began with, `outputs` what its steps gave.
    """
    found = reached(steps, key)
    loops = [each.step for each in found if each.inside == STEPS]
    sources = [_source(each, outputs) for each in found if each.inside != STEPS]
    sources += _items(loops, {"steps": outputs, "inputs": given})
    sources.append(Source("What the run began with", tuple(
        _value(f"inputs.{path}", _said(path), value) for path, value in _found(given))))
    run = Source("About this run", tuple(_value(path, label) for path, label in _RUN))
    return [*(source for source in sources if source.values), run]


def paths_of(step: Step, output: Any) -> list[str]:
    """Return the paths into what a step gives: those of its type and those of a past run."""
    kind = registry().get(str(step.get("type")))
    return list(dict.fromkeys([*(kind.outputs if kind else ()), *dict(_found(output))]))


def _source(each: Reached, outputs: Mapping[str, Any]) -> Source:
    step, root = each.step, f"steps.{each.step.get('key')}"
    if each.inside == IF_FAILS:
        return Source(name_of(step), tuple(_value(f"{root}.{path}", label) for path, label in _FAILURE))
    kind = registry().get(str(step.get("type")))
    output = outputs.get(str(step.get("key")))
    named, found = dict(kind.outputs) if kind else {}, dict(_found(output))
    return Source(name_of(step), tuple(
        _value(f"{root}.{path}", named.get(path) or _said(path), found.get(path))
        for path in paths_of(step, output)
    ))


def _items(loops: Sequence[Step], data: Mapping[str, Any]) -> Iterator[Source]:
    """Yield the item at hand of each loop around, with fields as the first item of the last run had them."""
    item: Any = None
    for loop in loops:
        item = _first_item(loop, {**data, "item": item})
        around = f"steps.{loop['key']}"
        root, counts = ("item", "loop") if loop is loops[-1] else (f"{around}.item", around)
        yield Source(f"{name_of(loop)}: the item at hand", (
            _value(root, "Item", item),
            *(_value(f"{root}.{path}", _said(path), value) for path, value in _found(item)),
            *(_value(f"{counts}.{name}", label) for name, label in _LOOP),
        ))


def _first_item(loop: Step, scope: Mapping[str, Any]) -> Any:
    return next(iter(listed(loop, scope)), None)


def _found(output: Any) -> Iterator[tuple[str, Any]]:
    return islice(_leaves(output, ()), _MOST)


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Walk to plain values; of a list, itself, its length and its first entry."""
    if len(path) > _DEEPEST or not all(part.replace("_", "").replace("-", "").isalnum() for part in path):
        return
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, (*path, str(key)))
    elif isinstance(value, list) and path:
        yield ".".join(path), value
        yield ".".join((*path, "count")), len(value)
        if value:
            yield from _leaves(value[0], (*path, "first"))
    elif path:
        yield ".".join(path), value


def _value(path: str, label: str, sample: Any = None) -> Value:
    return Value(f"{{{{ {path} }}}}", label, _sample(sample))


def _said(path: str) -> str:
    words = " › ".join(_SAID.get(part, part.replace("_", " ")) for part in path.split("."))
    return words[:1].upper() + words[1:]


def _sample(value: Any) -> str:
    if isinstance(value, Mapping | list):
        return kind_words(value)
    text = "" if value is None else as_text(value)
    return text if len(text) <= _LONGEST_SAMPLE else f"{text[:_LONGEST_SAMPLE]}…"
