"""What a past run had, to show beside the values that steps can use."""

from typing import Any, Final

from sqlalchemy import Connection, select

from engine.domain.data.masking import Secrets
from engine.domain.runs.states import COMPLETED, FAILED
from engine.models import Execution, ExecutionStep

_FIRST_ITEMS: Final = ("", "0", "0.0", "0.0.0")


def latest_data(connection: Connection, workflow_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return, as samples, what the last run that went well began with and what each of its steps gave.

    Of the steps in loops it is what they gave for the first item. Secrets are dots, in fields that stay.
    """
    last = connection.execute(
        select(Execution.id, Execution.input)
        .where(Execution.workflow_id == workflow_id, Execution.status == COMPLETED, ~Execution.dry_run)
        .order_by(Execution.queued_at.desc(), Execution.id.desc()).limit(1)
    ).one_or_none()
    if last is None:
        return {}, {}
    rows = select(ExecutionStep.step_key, ExecutionStep.output).where(
        ExecutionStep.execution_id == last.id, ExecutionStep.position.in_(_FIRST_ITEMS),
        ExecutionStep.status != FAILED,
    )
    outputs = {row.step_key: row.output for row in connection.execute(rows)}
    secrets = Secrets([last.input, outputs])
    return secrets.hide(last.input), secrets.hide(outputs)
