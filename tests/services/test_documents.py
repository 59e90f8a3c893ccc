from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from engine.db import Database
from engine.domain.errors import Invalid
from engine.domain.workflows.definitions import parse_document, parse_outline
from engine.models import ProducerSchedule, Trigger, Workflow
from engine.queries.workflows import workflows as queries
from engine.queries.workflows.documents import to_document
from engine.services.workflows import documents, versions, workflows
from engine.steps import registry
from tests.support.stories import add_user

NOTE = {"key": "note", "type": "write_log", "with": {"message": "Good morning"}}
LATER = {"key": "later", "type": "write_log", "with": {"message": "Good evening"}}
STARTS = [
    {"name": f"start {number}", "kind": "schedule", "schedule": {"interval": "5m"}}
    for number in range(9, 0, -1)
]
REPORT = {"name": "Report", "notes": "For Ann", "starts": STARTS, "steps": [NOTE],
          "limits": {"max_concurrent": 2}}


@pytest.fixture
def owner_id(database: Database, at: datetime) -> str:
    return add_user(database, at)


def make(database: Database, owner_id: str, at: datetime, written: Any = REPORT) -> str:
    document = parse_document(written, registry(), at=at)
    return database.run(lambda uow: documents.create(uow, document, owner_id=owner_id, at=at))


def read(database: Database, workflow_id: str) -> Any:
    with database.reading() as connection:
        row = queries.by_id(connection, Workflow.id == workflow_id, workflow_id)
        return row, to_document(row, queries.triggers(connection, workflow_id))


def test_a_document_becomes_a_workflow_with_its_starts_in_their_order(
    database: Database, owner_id: str, at: datetime
):
    row, document = read(database, make(database, owner_id, at))
    assert (row.state, row.live_number, row.max_concurrent, row.notes) == ("off", 1, 2, "For Ann")
    assert [start["name"] for start in document["starts"]] == [start["name"] for start in STARTS]


def test_what_was_made_is_written_as_a_document_that_makes_the_same(
    database: Database, owner_id: str, at: datetime
):
    _, document = read(database, make(database, owner_id, at))
    _, again = read(database, make(database, owner_id, at, document))
    assert again == document


def test_a_document_that_fails_halfway_leaves_nothing(database: Database, owner_id: str, at: datetime):
    document = parse_document(REPORT, registry(), at=at)
    twice = document.starts[:1] * 2
    object.__setattr__(document, "starts", twice)
    with pytest.raises(Invalid):
        database.run(lambda uow: documents.create(uow, document, owner_id=owner_id, at=at))
    with database.reading() as connection:
        counts = [connection.execute(select(func.count()).select_from(table)).scalar_one()
                  for table in (Workflow, Trigger, ProducerSchedule)]
    assert counts == [0, 0, 0]


def test_an_unfinished_draft_is_kept_as_it_is(database: Database, owner_id: str, at: datetime):
    unfinished = [{"key": "note"}]
    outline = parse_outline({"name": "Report", "steps": unfinished}, at=at)
    workflow_id = database.run(
        lambda uow: documents.create(uow, outline, owner_id=owner_id, at=at, draft=unfinished))
    row, document = read(database, workflow_id)
    assert (row.state, row.live_number, document["steps"]) == ("draft", None, unfinished)


def test_a_draft_nobody_touched_follows_a_new_version(database: Database, owner_id: str, at: datetime):
    workflow_id = make(database, owner_id, at)
    number = database.run(
        lambda uow: documents.add_version(uow, workflow_id, [NOTE, LATER], by=owner_id, at=at))
    row, _ = read(database, workflow_id)
    assert (number, row.live_number, row.draft, row.draft_rev) == (2, 1, [NOTE, LATER], 1)


def test_a_draft_somebody_works_on_stays(database: Database, owner_id: str, at: datetime):
    workflow_id = make(database, owner_id, at)
    database.run(lambda uow: workflows.save_draft(uow, workflow_id, [LATER], rev=0, by=owner_id, at=at))
    database.run(lambda uow: documents.add_version(uow, workflow_id, [NOTE, LATER], by=owner_id, at=at))
    assert read(database, workflow_id)[0].draft == [LATER]


def test_the_document_shows_what_is_live(database: Database, owner_id: str, at: datetime):
    workflow_id = make(database, owner_id, at)
    database.run(lambda uow: documents.add_version(uow, workflow_id, [LATER], by=owner_id, at=at))
    assert read(database, workflow_id)[1]["steps"] == [NOTE]
    database.run(lambda uow: versions.make_live(uow, workflow_id, 2, by=owner_id, at=at))
    assert read(database, workflow_id)[1]["steps"] == [LATER]
