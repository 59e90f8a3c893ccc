"""What a failed run would be like without the step it failed with."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from engine.domain.runs.resumption import Place, culprits, leaning_on
from engine.domain.runs.states import FAILED
from engine.domain.steps.trees import Step, keys_inside, walk
from engine.queries.runs import repeats
from engine.queries.runs.repeats import Rows, Sent
from engine.steps import registry, told_apart


@dataclass(frozen=True)
class Skip:
    """`places` are the steps to leave out, and `names` what they are called; `needs` are later steps that
    use what those would have given. `changed` is a finished step that the live version has otherwise."""

    places: Sequence[Place]
    names: Sequence[str]
    needs: Sequence[str]
    sent: Sequence[Sent]
    changed: int | None

    @property
    def name(self) -> str:
        return ", ".join(self.names)


def skip(run: Row[Any], rows: Rows) -> Skip | None:
    """Return what is left out when this run goes on after its failure; None when no step of it failed."""
    steps = run.definition["steps"]
    failed = {(row.step_key, row.position) for row in rows if row.status == FAILED}
    places = culprits(steps, failed)
    if run.status != FAILED or run.trimmed_at or not places:
        return None
    keys = {key for key, _ in places}
    kept = {(row.step_key, row.position) for row in rows if row.kept}
    changed = repeats.changed(run, {key for key, _ in kept} | keys)
    live = run.live_definition if changed is None else None
    by_key: Mapping[str, Step] = {placed.step["key"]: placed.step for placed in walk(steps)}
    names = told_apart(steps)
    return Skip(
        places, list(dict.fromkeys(names[key] for key, _ in places)),
        _needing((live or run.definition)["steps"], [by_key[key] for key in keys], rows),
        repeats.sent(run, rows, kept | set(places)), changed,
    )


def needing(run: Row[Any], rows: Rows, key: str) -> list[str]:
    """Return the steps still to come in this run that use what one of its steps would have given."""
    steps = run.definition["steps"]
    return _needing(steps, [placed.step for placed in walk(steps) if placed.step["key"] == key], rows)


def _needing(steps: Sequence[Step], left_out: Sequence[Step], rows: Rows) -> list[str]:
    done = {row.step_key for row in rows if row.kept and not row.open and not row.position}
    gone = {key for step in left_out for key in (step["key"], *keys_inside(step))}
    inside = {placed.step["key"] for step in left_out for placed in walk([step])}
    names = told_apart(steps)
    return [
        names[placed.step["key"]] for placed in walk(steps)
        if placed.step["key"] not in inside and placed.step["key"] not in done
        and leaning_on(placed.step, gone, _verbatim(placed.step))
    ]


def _verbatim(step: Step) -> Collection[str]:
    kind = registry().get(str(step["type"]))
    return kind.verbatim if kind else ()
