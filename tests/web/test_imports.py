"""Bringing in a crontab by paste: what each line becomes is shown before and after."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from engine.db import Database
from engine.models import ProducerSchedule, Workflow
from tests.web.browser import Browser

PATH = "/workflows/import"
CRONTAB = """# Nightly
0 3 * * * /usr/bin/backup.sh --all
*/5 * * * * curl -fsS "https://shop.example/cron?a=1&b=2" > /dev/null
@reboot /usr/bin/start
"""
FORM = {"text": CRONTAB, "timezone": "Europe/Berlin", "user_column": "auto"}


@pytest.fixture
def kept(database: Database) -> Callable[[], list[tuple[str, str, str]]]:
    """Slug, state and first step type of every workflow."""

    def read() -> list[tuple[str, str, str]]:
        rows = select(Workflow.slug, Workflow.state, Workflow.draft).order_by(Workflow.slug)
        with database.reading() as connection:
            return [(row.slug, row.state, row.draft[0]["type"]) for row in connection.execute(rows)]

    return read


def test_reading_shows_every_line_and_keeps_nothing(ann: Browser, kept: Callable) -> None:
    page = ann.post(PATH, FORM).text

    assert "2 of 3 lines can become a draft" in page
    assert "At 3:00 am every day, Berlin time." in page
    assert "Scripts are switched off on this server" in page
    assert "It runs when the machine starts" in page
    assert "Add 2 drafts" in page
    assert kept() == []


def test_adding_makes_drafts_and_switches_nothing_on(
    ann: Browser, kept: Callable, database: Database
) -> None:
    page = ann.post(PATH, {**FORM, "add": "1"}).text

    assert kept() == [("backup-sh", "draft", "script"), ("shop-example-cron", "draft", "http_request")]
    assert 'href="/workflows/backup-sh"' in page
    with database.reading() as connection:
        due = connection.execute(select(ProducerSchedule.next_run_at, ProducerSchedule.state)).all()
    assert due == [(None, "paused")] * 2


def test_where_scripts_are_allowed_nothing_is_said_about_them(ann: Browser) -> None:
    ann.post("/settings/scripts", {"allowed": "1"})

    for more in ({}, {"add": "1"}):
        assert "Scripts are switched off" not in ann.post(PATH, {**FORM, **more}).text


def test_a_draft_goes_live_only_after_its_secret_is_filled_in(ann: Browser) -> None:
    ann.post("/settings/scripts", {"allowed": "1"})
    text = "DB_PASSWORD=hunter2\n0 3 * * * backup"
    page = ann.post(PATH, {**FORM, "text": text, "add": "1"}).text

    assert "Fill in DB_PASSWORD: what looks like a secret is not taken over." in page
    assert "Fill in a value for DB_PASSWORD" in ann.get("/workflows/backup/live").text
    assert ann.post("/workflows/backup/live", {"rev": "0"}).status_code == 422


def test_the_draft_it_leads_to_shows_schedule_and_line(ann: Browser) -> None:
    ann.post(PATH, {**FORM, "add": "1"})

    assert "At 3:00 am every day, Berlin time." in ann.get("/workflows/backup-sh/starts").text
    assert "/usr/bin/backup.sh --all" in ann.get("/workflows/backup-sh/settings").text
    steps = ann.get("/workflows/backup-sh/steps").text
    assert "/usr/bin/backup.sh --all" in steps
    assert "At most 6 hours" in steps


@pytest.mark.parametrize(("field", "value"), [
    ("text", " \n"), ("text", "@daily x\n" * 301), ("timezone", "Mars"),
])
def test_what_cant_be_read_is_told_beside_its_field_and_kept(
    ann: Browser, kept: Callable, field: str, value: str
) -> None:
    answer = ann.post(PATH, {**FORM, field: value, "add": "1"})

    assert answer.status_code == 422
    assert f'href="#f-{field}"' in answer.text
    assert kept() == []


def test_a_crontab_without_jobs_says_so(ann: Browser) -> None:
    assert "There is no job in it." in ann.post(PATH, {**FORM, "text": "MAILTO=ann"}).text


def test_a_workflow_called_import_does_not_hide_the_page(ann: Browser, kept: Callable) -> None:
    ann.post("/workflows/new", {"name": "Import"})

    assert "Bring in a crontab" in ann.get(PATH).text
    assert ann.get("/workflows/import-2").status_code == 200


def test_what_lines_hold_is_shown_as_text(ann: Browser) -> None:
    evil = "0 3 * * * <img src=x onerror=alert(1)>\n<b>x</b>\n# <i> 0"
    for more in ({}, {"add": "1"}):
        page = ann.post(PATH, {**FORM, "text": evil, **more}).text
        assert "<img" not in page
        assert "<b>x" not in page


def test_only_editors_bring_in_crontabs(signed_in: Callable[[str], Browser]) -> None:
    viewer = signed_in("viewer")
    assert viewer.get(PATH).status_code == 403
    assert viewer.post(PATH, {**FORM, "add": "1"}).status_code == 403
