"""The switch for scripts: off at first, an administrator's alone, and felt wherever a script stands."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from engine.db import Database
from engine.models import AuditEntry
from engine.queries.server import scripts
from tests.web.browser import Browser

PAGE = "/settings/scripts"


@pytest.fixture
def draft(ann: Browser) -> str:
    """A draft with a script; gives its address."""
    ann.post("/workflows/new", {"name": "Backup"})
    ann.post("/workflows/backup/steps/add", {"type": "script", "rev": "0", "with.script": "echo hello"})
    return "/workflows/backup"


def allow(ann: Browser) -> None:
    assert ann.post(PAGE, {"allowed": "1"}).status_code == 303


def test_scripts_are_off_until_an_administrator_allows_them(ann: Browser, database: Database) -> None:
    page = ann.get(PAGE).text
    assert "Allow scripts?" in page
    assert "not against ill will" in page

    allow(ann)

    assert "Switch scripts off?" in ann.get(PAGE).text
    with database.reading() as connection:
        assert scripts.are_allowed(connection)


def test_each_change_is_on_record_once(ann: Browser, database: Database, admin_id: str) -> None:
    for form in ({"allowed": "1"}, {"allowed": "1"}, {}):
        ann.post(PAGE, form)

    entries = select(AuditEntry.action, AuditEntry.user_id).where(AuditEntry.object_kind == "scripts")
    with database.reading() as connection:
        assert connection.execute(entries.order_by(AuditEntry.id)).all() == [
            ("scripts.allowed", admin_id), ("scripts.switched_off", admin_id)]


def test_only_an_administrator_sees_and_turns_the_switch(signed_in: Callable[[str], Browser]) -> None:
    editor = signed_in("editor")

    assert editor.get(PAGE).status_code == 403
    assert editor.post(PAGE, {"allowed": "1"}).status_code == 403
    assert "Scripts" not in editor.get("/settings").text


def test_while_they_are_off_the_step_is_offered_as_such(
    ann: Browser, draft: str, signed_in: Callable[[str], Browser]
) -> None:
    page = ann.get(f"{draft}/steps/add").text
    assert "Switched off" in page
    assert "type=script" not in page

    allow(ann)

    assert "type=script" in ann.get(f"{draft}/steps/add").text


def test_an_editor_is_told_whom_to_ask(signed_in: Callable[[str], Browser]) -> None:
    editor = signed_in("editor")
    editor.post("/workflows/new", {"name": "Mine"})

    assert "Ask an administrator to allow it" in editor.get("/workflows/mine/steps/add").text


def test_a_draft_with_a_script_is_kept_but_not_made_live(ann: Browser, draft: str) -> None:
    assert "Scripts are switched off on this server." in ann.get(f"{draft}/live").text
    refused = ann.post(f"{draft}/live", {"rev": "1"}, follow_redirects=True)
    assert "Scripts are switched off on this server." in refused.text

    allow(ann)

    assert ann.post(f"{draft}/live", {"rev": "1"}).status_code == 303
    assert "1 live workflow has a script" in ann.get(PAGE).text


def test_a_value_inside_a_script_is_refused_beside_its_field(ann: Browser, draft: str) -> None:
    answer = ann.post(f"{draft}/steps/run_a_script", {"rev": "1", "with.script": "echo {{ inputs.name }}"})

    assert answer.status_code == 422
    assert 'href="#f-with-script"' in answer.text
    assert "echo {{ inputs.name }}" in answer.text


def test_a_script_is_edited_while_they_are_off(ann: Browser, draft: str) -> None:
    form = {"rev": "1", "with.script": "line one\r\n  line two",
            "with.values.key": "A", "with.values.value": "1"}
    answer = ann.post(f"{draft}/steps/run_a_script", form)

    assert answer.status_code == 303
    assert "  line two" in ann.get(f"{draft}/steps?edit=run_a_script").text
