"""Whether a start was switched on at a moment, told by what is on record about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from engine.domain.runs.states import ARCHIVED, AUTO_PAUSED, BROKEN, OFF, ON, PAUSED

_WORKFLOW: Final = {"workflow.paused": PAUSED, "workflow.off": OFF, "workflow.on": ON, "workflow.resumed": ON,
                    "workflow.deleted": ARCHIVED}
_WORKFLOW_REASONS: Final = {PAUSED: "workflow_paused", OFF: "workflow_off", ARCHIVED: "workflow_off"}
ACTIONS: Final = (*_WORKFLOW, "workflow.created", "start.edited", "start.paused", "start.stopped",
                  "start.removed")
_STOPS: Final = {"start.paused": "start_paused", "start.stopped": "start_error"}
STOPPED: Final = {AUTO_PAUSED: "start_paused", BROKEN: "start_error"}


class Entry(NamedTuple):
    """One line of the audit log; `by` is a name."""

    at: datetime
    action: str
    by: str | None
    details: Mapping[str, Any]


@dataclass(frozen=True)
class Standing:
    """Why a start did not count at a moment; `reason` None: it did."""

    reason: str | None = None
    data: Mapping[str, Any] | None = None


def standing_at(entries: Sequence[Entry], moment: datetime) -> Standing:
    """Replay what was recorded up to `moment`, oldest first; the workflow's own state counts first.

    A pause that names its end is over then, also before anybody has put that on record.
    """
    workflow, start = Standing(), Standing()
    for entry in entries:
        if entry.at > moment:
            break
        data = {"by": entry.by, "note": entry.details.get("note", "")}
        if entry.action == "workflow.created":
            workflow = Standing("workflow_draft")
        elif entry.action in _WORKFLOW:
            reason = _WORKFLOW_REASONS.get(_WORKFLOW[entry.action])
            workflow = Standing(reason, data) if reason and not _is_over(entry, moment) else Standing()
        elif entry.action in _STOPS:
            start = Standing(_STOPS[entry.action], data)
        else:
            start = _edited(entry, start, data)
    return workflow if workflow.reason else start


def rule_since(entries: Sequence[Entry], created_at: datetime) -> datetime:
    """Return since when the present rule stands."""
    changes = [entry.at for entry in entries if entry.action == "start.edited" and "config" in entry.details]
    return max(changes, default=created_at)


def _is_over(entry: Entry, moment: datetime) -> bool:
    until = entry.details.get("until")
    return until is not None and datetime.fromisoformat(until) <= moment


def _edited(entry: Entry, before: Standing, data: Mapping[str, Any]) -> Standing:
    if entry.action == "start.removed" or entry.details.get("enabled") is False:
        return Standing("start_off", data)
    # A new rule or an explicit "on" starts afresh what failures had paused; any save, what an error had.
    mended = before.reason == "start_error" or (before.reason == "start_paused" and "config" in entry.details)
    afresh = entry.details.get("enabled") or mended
    return Standing() if afresh else before
