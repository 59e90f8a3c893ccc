"""A stored workflow as the document it could be made from again."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from engine.domain.workflows import limits


def to_document(workflow: Row[Any], triggers: Sequence[Row[Any]]) -> dict[str, Any]:
    """Write the rows of `queries.workflows.by_id` and `triggers`; the live steps, or else the draft's."""
    live = workflow.live_definition
    return {
        "name": workflow.name,
        **({"notes": workflow.notes} if workflow.notes else {}),
        "starts": [_start(trigger) for trigger in triggers],
        "steps": live["steps"] if live else workflow.draft,
        "limits": limits.of_row(workflow),
        **({"retention": workflow.retention} if workflow.retention else {}),
    }


def _start(trigger: Row[Any]) -> dict[str, Any]:
    start = {"name": trigger.name, "kind": trigger.kind}
    if "schedule" in trigger.config:
        start["schedule"] = trigger.config["schedule"]
    if trigger.inputs:
        start["inputs"] = trigger.inputs
    if trigger.config.get("signed"):
        start["signed"] = True
    return start if trigger.enabled else start | {"enabled": False}
