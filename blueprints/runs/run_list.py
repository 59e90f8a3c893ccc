"""The list of runs as somebody asked for it: parsed once, drawn by the page and by its live updates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy import Connection

from engine.domain.errors import Invalid
from engine.domain.people.roles import Person
from engine.domain.runs import states
from engine.queries.overview import monitoring
from engine.queries.overview.monitoring import Line
from engine.queries.runs import holds
from engine.queries.runs.executions import EVERYTHING, Filter
from engine.queries.visibility import may_see
from engine.queries.workflows import workflows

ROWS: Final = 50
MOST_WORKFLOWS: Final = 500
SWITCHES: Final = [states.RUNNING, states.WAITING, states.FAILED, states.COMPLETED, states.UNUSUAL,
                   states.SKIPPED, states.MISSED, states.DRY_RUN]
# Not statuses, but shown and chosen like them.
_MARKS: Final = {states.UNUSUAL: {"unusual": True}, states.DRY_RUN: {"dry_run": True}}
_STATUSES: Final = (*states.EXECUTION_STATUSES, states.SKIPPED, states.MISSED, *_MARKS)


@dataclass(frozen=True)
class Asked:
    """`before` is the last line of the page before; `query` is how it was asked, for the next page."""

    narrowed: Filter = EVERYTHING
    before: tuple[datetime, str] | None = None
    query: tuple[tuple[str, str], ...] = ()

    @property
    def chosen(self) -> str:
        """The switch that is on, if one is."""
        return dict(self.query).get("status", "")

    @property
    def takes_new_runs(self) -> bool:
        """Whether what starts now belongs on top of this list."""
        return self.narrowed == EVERYTHING and self.before is None


def asked_for(connection: Connection, person: Person, args: Mapping[str, str]) -> Asked:
    """Raises `Invalid` or `NotFound` for what is not in the lists to choose from."""
    query = tuple(sorted((name, text.strip()) for name, text in args.items()
                         if name in ("status", "workflow", "by", "q", "step", "after") and text.strip()))
    asked = dict(query)
    status, slug = asked.get("status"), asked.get("workflow")
    if status and status not in _STATUSES:
        raise Invalid("Choose a status from the list", field="status")
    workflow_id = workflows.by_slug(connection, may_see(person), slug).id if slug else None
    mark = _MARKS.get(status or "", {})
    narrowed = Filter(workflow_id, None if mark else status, asked.get("by"), asked.get("q"),
                      step=asked.get("step", "")[:40] or None, **mark)
    return Asked(narrowed, _place(asked.get("after")), query)


def shown(connection: Connection, person: Person, asked: Asked, at: datetime) -> dict[str, Any]:
    """Return what the template of the list needs."""
    visible = may_see(person)
    lines = monitoring.page(connection, visible, asked.narrowed, before=asked.before, limit=ROWS + 1)
    first = None if lines else _next_due(connection, person)
    waiting = holds.of(connection, monitoring.runs_in(lines), at)
    return {"lines": lines[:ROWS], "holds": waiting, "older": _older(asked, lines), "first": first,
            "takes_new_runs": asked.takes_new_runs, "page_size": ROWS,
            "is_narrowed": asked.narrowed != EVERYTHING}


def _place(text: str | None) -> tuple[datetime, str] | None:
    if text is None:
        return None
    moment, _, identity = text.partition(",")
    try:
        return datetime.fromisoformat(moment).astimezone(UTC), identity
    except (ValueError, OverflowError):
        message = "Go back to the newest runs and use the button “Show older runs”"
        raise Invalid(message, field="after") from None


def _older(asked: Asked, lines: Sequence[Line]) -> str | None:
    """Return the address of the next page; None when this is the last."""
    if len(lines) <= ROWS:
        return None
    last = lines[ROWS - 1]
    return "/monitoring?" + urlencode({**dict(asked.query), "after": f"{last.at.isoformat()},{last.id}"})


def _next_due(connection: Connection, person: Person) -> Any:
    """Return the workflow that will run next, for a list that is still empty."""
    rows = workflows.page(connection, may_see(person), limit=MOST_WORKFLOWS)
    return min((row for row in rows if row.next_run_at), key=lambda row: row.next_run_at, default=None)
