"""Web addresses that start workflows: which are open, and who called."""

from typing import Any, Final

from sqlalchemy import Connection, Row, select

from engine.domain.errors import NotFound
from engine.domain.runs.states import ON
from engine.models import Execution, Trigger, WebhookCall, Workflow

WEBHOOK: Final = "webhook"
CALLS: Final = 10
_LOOKED_AT: Final = 1_000


def open_address(connection: Connection, trigger_id: str) -> Row[Any]:
    """Return the start behind an address; one that is switched off looks like none at all."""
    row = connection.execute(
        select(Trigger.id, Trigger.workflow_id, Trigger.config, Trigger.inputs)
        .join(Workflow, Workflow.id == Trigger.workflow_id)
        .where(Trigger.id == trigger_id, Trigger.kind == WEBHOOK, Trigger.removed_at.is_(None),
               Trigger.enabled.is_(True), Workflow.state == ON, Workflow.live_version_id.is_not(None))
    ).one_or_none()
    if row is None:
        raise NotFound("There is nothing at this address")
    return row


def last_calls(connection: Connection, trigger: Row[Any]) -> list[Row[Any]]:
    """Return the last runs this address started, among the latest runs of its workflow."""
    latest = (
        select(Execution.id, Execution.trigger_id, Execution.status, Execution.reason, Execution.queued_at)
        .where(Execution.workflow_id == trigger.workflow_id)
        .order_by(Execution.queued_at.desc(), Execution.id.desc()).limit(_LOOKED_AT).subquery()
    )
    return list(connection.execute(
        select(latest).where(latest.c.trigger_id == trigger.id)
        .order_by(latest.c.queued_at.desc(), latest.c.id.desc()).limit(CALLS)
    ))


def refusals(connection: Connection, trigger_id: str) -> list[Row[Any]]:
    """Return why calls were refused, the last reason first."""
    return list(connection.execute(
        select(WebhookCall.refusal, WebhookCall.at)
        .where(WebhookCall.trigger_id == trigger_id, WebhookCall.refusal.is_not(None))
        .order_by(WebhookCall.at.desc())
    ))
