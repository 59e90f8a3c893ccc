"""What the page of a run shows beside its steps: related runs, what it would send, what looks unusual."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row

from blueprints.shared.words import answer_taken, item_words
from engine.domain.runs.states import FINAL
from engine.queries.overview import attention
from engine.queries.runs import dry_runs, logs, related
from engine.queries.runs.whole import Run
from engine.steps import registry


@dataclass(frozen=True)
class Message:
    """What a step of a dry run would have sent: in a line, and exactly; and what it took for the answer.

    `made_up`: that was no answer of a real run.
    """

    name: str
    item: str
    sentence: str
    exactly: Any
    answer: str
    made_up: bool


@dataclass(frozen=True)
class Beside:
    """`odd` are the sentences about what looks unusual; `ignored` is who has seen that it needs somebody."""

    parent: Row[Any] | None
    children: Sequence[Row[Any]]
    messages: Sequence[Message]
    odd: Sequence[str]
    ignored: Row[Any] | None


def beside(connection: Connection, visible: ColumnElement[bool], run: Run) -> Beside:
    row = run.row
    return Beside(
        related.parent(connection, visible, row.parent_id), related.children(connection, visible, row.id),
        _messages(connection, run) if row.dry_run else (),
        logs.odd(connection, row.id) if row.unusual else (),
        attention.ignored(connection, [row.id]).get(row.id) if row.status in FINAL else None,
    )


def _messages(connection: Connection, run: Run) -> list[Message]:
    kinds = {key: kind for key, kind in registry().items() if kind.reaches_out}
    names = run.names
    order = {key: number for number, key in enumerate(names)}
    found = sorted(dry_runs.messages(connection, run.row.id, kinds),
                   key=lambda step: order.get(step.step_key, 0))
    return [
        Message(names.get(step.step_key, step.step_key), item_words(step.position),
                kinds[step.type].describe(run.shown(step.input) or {}), run.shown(step.output["would"]),
                answer_taken(step.output.get("taken")), step.output.get("taken") in ("example", "stand_in"))
        for step in found if isinstance(step.output, dict) and "would" in step.output
    ]
