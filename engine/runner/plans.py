"""Versions ready to run: each step with its type, and its settings read once where they never change."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select

from engine.db import Database
from engine.domain.data import references
from engine.domain.data.masking import Secrets
from engine.domain.errors import StepFailed
from engine.domain.runs import payloads
from engine.domain.steps.trees import blocks_of
from engine.models import WorkflowVersion
from engine.steps import told_apart
from engine.steps._base import StepSettings, StepType

_KEPT: Final = 512
_NO_SECRETS: Final = Secrets({})


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One step of a version; `name` is what its runs call it. `kind` is None for a type this server does not
    know; `fixed` are settings without references, already read."""

    key: str
    name: str
    type: str
    written: Mapping[str, Any]
    kind: StepType[Any] | None
    blocks: Mapping[str, "Sequence[PlanStep]"]
    fixed: StepSettings | None = None
    fixed_input: Any = None


class Plans:
    """Reads each version once; versions never change."""

    def __init__(self, database: Database, registry: Mapping[str, StepType[Any]]) -> None:
        self._database, self._registry = database, registry
        self._known: OrderedDict[str, Sequence[PlanStep]] = OrderedDict()

    def of(self, version_id: str) -> Sequence[PlanStep]:
        """Return the steps of a version."""
        if version_id not in self._known:
            with self._database.reading() as connection:
                definition = connection.execute(
                    select(WorkflowVersion.definition).where(WorkflowVersion.id == version_id)
                ).scalar_one()
            steps = definition["steps"]
            self._known[version_id] = self._block(steps, told_apart(steps))
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return self._known[version_id]

    def _block(self, steps: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> list[PlanStep]:
        return [self._step(step, names) for step in steps]

    def _step(self, step: Mapping[str, Any], names: Mapping[str, str]) -> PlanStep:
        kind = self._registry.get(step["type"])
        fixed = _fixed(kind, step.get("with") or {})
        return PlanStep(
            step["key"], names[step["key"]], step["type"], step, kind,
            {name: self._block(block, names) for name, block in blocks_of(step)},
            fixed, None if kind is None or fixed is None else shown(kind, fixed, _NO_SECRETS),
        )


def shown(kind: StepType[Any], settings: StepSettings, secrets: Secrets) -> Any:
    """Settings as history keeps them: without secrets, also those of the run, and not more than fits."""
    return payloads.capped(secrets.mask(kind.shown(settings)))[0]


def _fixed(kind: StepType[Any] | None, written: Mapping[str, Any]) -> StepSettings | None:
    if kind is None or any(True for _ in references.texts(references.fillable(written, kind.verbatim))):
        return None
    try:
        settings: StepSettings = kind.prepare(written, {})
    except StepFailed:
        return None  # said when the step runs
    return settings
