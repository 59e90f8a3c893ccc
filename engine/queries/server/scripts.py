"""Whether scripts may run on this server, and what that means for steps that are one."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, String, cast, select

from engine.domain.errors import Conflict, Problem
from engine.domain.runs.states import ARCHIVED
from engine.domain.steps.checks import check_steps
from engine.domain.steps.documents import StepKind, StepKinds
from engine.models import Setting, Workflow, WorkflowVersion
from engine.steps import registry

NAME: Final = "scripts"
SCRIPT: Final = "script"
OFF: Final = "script.off"
_SWITCHED_OFF: Final = "Scripts are switched off on this server. Ask an administrator to allow them."


class _SwitchedOff:
    """A kind of step that nobody may use at the moment, besides what is wrong with its settings."""

    def __init__(self, kind: StepKind) -> None:
        self._kind = kind
        self.blocks, self.verbatim = kind.blocks, kind.verbatim

    def check(self, written: Mapping[str, Any]) -> list[Problem]:
        return [*self._kind.check(written), Problem(_SWITCHED_OFF, None, OFF)]


def are_allowed(connection: Connection) -> bool:
    value = connection.execute(select(Setting.value).where(Setting.name == NAME)).scalar_one_or_none()
    return bool(value and value["allowed"])


def switched_off(connection: Connection) -> frozenset[str]:
    """Return the keys of the step types that may not be used at the moment."""
    return frozenset() if are_allowed(connection) else frozenset({SCRIPT})


def live_users(connection: Connection) -> list[Row[Any]]:
    """Return the workflows whose live version has a script, by name."""
    rows = connection.execute(
        select(Workflow.slug, Workflow.name, WorkflowVersion.definition)
        .join(WorkflowVersion, WorkflowVersion.id == Workflow.live_version_id)
        .where(Workflow.state != ARCHIVED, cast(WorkflowVersion.definition, String).contains(f'"{SCRIPT}"'))
        .order_by(Workflow.name, Workflow.slug)
    )
    return [row for row in rows if _switched_off(row.definition["steps"])]


def usable_kinds(connection: Connection) -> StepKinds:
    """Return what steps are checked against before they go live."""
    return registry() if are_allowed(connection) else _without_scripts()


def refuse_switched_off(connection: Connection, steps: Sequence[Mapping[str, Any]]) -> None:
    """Raise `Conflict` when a step may not be used at the moment."""
    if not are_allowed(connection) and _switched_off(steps):
        raise Conflict(_SWITCHED_OFF, code=OFF)


def _without_scripts() -> StepKinds:
    return {key: _SwitchedOff(kind) if key == SCRIPT else kind for key, kind in registry().items()}


def _switched_off(steps: Sequence[Mapping[str, Any]]) -> bool:
    return any(problem.code == OFF for problem in check_steps(list(steps), _without_scripts()))
