"""Many producers in an empty database, inserted in bulk as the services would have written them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Table, insert

from engine.db import Database
from engine.domain.ids import new_id
from engine.domain.schedules.schedules import parse_schedule, to_document
from engine.domain.timetables.occurrences import next_occurrence
from engine.models import Base, ProducerSchedule, Trigger, User, Workflow, WorkflowVersion

STARTS_PER_WORKFLOW = 10
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Tokyo", "Asia/Kolkata", "Australia/Sydney")
STEPS = [{"key": "note", "type": "write_log", "with": {"message": "hello"}}]
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CHUNK = 5_000
_SOON = timedelta(minutes=15)

Rows = dict[type[Base], list[dict[str, Any]]]


def seed(database: Database, producers: int, at: datetime, owner_id: str | None = None) -> None:
    """Add so many producers, ten to a workflow; none is due within the next minutes."""
    owner_id = owner_id or _add_owner(database, at)
    workflows = _workflows(producers, owner_id, at)
    while chunk := list(islice(workflows, _CHUNK // STARTS_PER_WORKFLOW)):
        with database.transaction() as uow:
            for model in (Workflow, WorkflowVersion, Trigger, ProducerSchedule):
                uow.execute(insert(_table(model)), [row for rows in chunk for row in rows[model]])
    with database.writer.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()


def rule(number: int, local: datetime) -> dict[str, Any]:
    """One of the kinds of rules people use, which has `local` among its times."""
    time, minute = f"{local:%H:%M}", f"{local.minute} {local.hour}"
    return (
        {"cron": f"{minute} * * 1-5" if local.weekday() < 5 else f"{minute} * * *"},
        {"daily": {"times": [time]}},
        {"weekly": {"days": [_DAYS[local.weekday()]], "times": [time]}},
        {"monthly": {"days": [local.day], "times": [time]}},
        {"interval": "1d", "align": "anchor", "anchor": local.astimezone(UTC).isoformat()},
    )[number % 5]


def stored(number: int, moment: datetime, at: datetime, **more: Any) -> dict[str, Any]:
    """The document of a schedule that is due at `moment`, as the database keeps it."""
    zone = ZONES[number // 5 % len(ZONES)]
    written = rule(number, moment.astimezone(ZoneInfo(zone)))
    return to_document(parse_schedule({**written, "timezone": zone, **more}, at=at))


def _workflows(producers: int, owner_id: str, at: datetime) -> Iterator[Rows]:
    for first in range(0, producers, STARTS_PER_WORKFLOW):
        workflow_id, version_id, definition = new_id(at), new_id(at), {"steps": STEPS}
        common = {"created_at": at, "updated_at": at}
        rows: Rows = {Workflow: [{
            "id": workflow_id, "owner_id": owner_id, "slug": workflow_id, "name": f"Workflow {first}",
            "state": "on", "live_version_id": version_id, "draft": STEPS, **common,
        }], WorkflowVersion: [{
            "id": version_id, "workflow_id": workflow_id, "number": 1, "definition": definition,
            "created_by": owner_id, "created_at": at,
        }], Trigger: [], ProducerSchedule: []}
        for number in range(first, min(producers, first + STARTS_PER_WORKFLOW)):
            trigger, schedule = _start(number, workflow_id, at)
            rows[Trigger].append({**trigger, **common})
            rows[ProducerSchedule].append({**schedule, "updated_at": at})
        yield rows


def _start(number: int, workflow_id: str, at: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
    document, due = planned(number % 3_000, at)
    trigger_id, name = new_id(at), f"start {number}"
    return {
        "id": trigger_id, "workflow_id": workflow_id, "name": name, "kind": "schedule",
        "config": {"schedule": document}, "inputs": {"number": number}, "enabled": True,
    }, {
        "id": new_id(at), "workflow_id": workflow_id, "producer_name": name, "trigger_id": trigger_id,
        "schedule_type": next(iter(document)), "schedule_value": document, "timezone": document["timezone"],
        "next_run_at": due, "state": "active",
    }


@cache
def planned(number: int, at: datetime) -> tuple[dict[str, Any], datetime | None]:
    """Times are spread over four weeks, a day at a time, so that every minute of a day has some."""
    moment = at + _SOON + timedelta(days=number % 28, minutes=number * 7 % 1_400)
    document = stored(number, moment.replace(second=0, microsecond=0), at)
    return document, next_occurrence(parse_schedule(document, at=at, stored=True), at + _SOON)


def _add_owner(database: Database, at: datetime) -> str:
    owner_id = new_id(at)
    with database.transaction() as uow:
        uow.execute(insert(User).values(
            id=owner_id, email="ann@example.org", name="Ann", password_hash="!", role="admin",
            timezone="Europe/Berlin", created_at=at,
        ))
    return owner_id


def _table(model: type[Base]) -> Table:
    """Plain tables insert many rows at once without asking for anything back."""
    return Base.metadata.tables[model.__tablename__]
