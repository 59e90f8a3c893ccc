"""The values a step can take from earlier ones and from the run: what to write, how to say it, a sample."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from blueprints.steps_shown import Step, name_of
from engine.domain.values import as_text
from engine.steps import registry

_MOST: Final = 30
_DEEPEST: Final = 4
_LONGEST_SAMPLE: Final = 40
_RUN: Final = (
    ("run.started_at", "When the run began"), ("run.workflow", "Name of the workflow"),
    ("run.started_by", "What started it"), ("run.id", "Number of the run"),
)
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


def offered(steps: Sequence[Step], before: int, outputs: Mapping[str, Any]) -> list[Source]:
    """Return what the first `before` steps give, and the run itself. `outputs` are a past run's."""
    sources = [_source(step, outputs.get(str(step.get("key")))) for step in steps[:before]]
    run = Source("About this run", tuple(Value(f"{{{{ {path} }}}}", label) for path, label in _RUN))
    return [*(source for source in sources if source.values), run]


def _source(step: Step, output: Any) -> Source:
    kind = registry().get(str(step.get("type")))
    named = dict(kind.outputs) if kind else {}
    found = {path: value for path, value in islice(_leaves(output, ()), _MOST)}
    paths = [*named, *(path for path in found if path not in named)]
    values = [Value(f"{{{{ steps.{step['key']}.{path} }}}}", named.get(path) or _said(path),
                    _sample(found.get(path))) for path in paths]
    return Source(name_of(step), tuple(values))


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Walk to plain values; of a list, its length and its first entry."""
    if len(path) > _DEEPEST or not all(part.replace("_", "").replace("-", "").isalnum() for part in path):
        return
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, (*path, str(key)))
    elif isinstance(value, list):
        yield ".".join((*path, "count")), len(value)
        if value:
            yield from _leaves(value[0], (*path, "first"))
    elif path:
        yield ".".join(path), value


def _said(path: str) -> str:
    words = " › ".join(_SAID.get(part, part.replace("_", " ")) for part in path.split("."))
    return words[:1].upper() + words[1:]


def _sample(value: Any) -> str:
    text = "" if value is None else as_text(value)
    return text if len(text) <= _LONGEST_SAMPLE else f"{text[:_LONGEST_SAMPLE]}…"
