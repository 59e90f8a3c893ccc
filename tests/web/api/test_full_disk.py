"""The disk is full: nothing new is accepted, and why; all goes on when there is room again."""

import pytest
from apiflask import APIFlask

from engine.db import Database
from tests.web.api.program import Program

NO_LIMIT = 1_073_741_823


def grow_to(database: Database, pages: int) -> None:
    with database.writer.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")


def test_on_a_full_disk_starts_are_refused_with_the_reason(
    app: APIFlask, program: Program, database: Database
) -> None:
    """Fault 24: SQLite may not grow any more, and later it may."""
    inside: Database = app.extensions["carillon"].database
    if not inside.is_sqlite:
        pytest.skip("the disk of Postgres is not ours to fill")
    workflow = program.make_on()
    grow_to(inside, 1)
    body, path = {"input": {"text": "x" * 100_000}}, f"/api/workflows/{workflow['id']}/execute"
    refused = program.post(path, body)
    assert (refused.status_code, refused.json["error"]["code"]) == (503, "disk_full")
    assert "disk" in refused.json["error"]["message"]
    assert program.get("/api/executions").json["executions"] == []
    grow_to(inside, NO_LIMIT)
    assert program.post(path, body).status_code == 202
