"""A workflow that is live: run, paused, changed, deleted, and closed to everybody else."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from engine.db import Database
from engine.models import Execution
from tests.web.browser import Browser
from tests.web.fields import fields_of

PAGE = "/workflows/report"


def test_pausing_until_a_time_and_turning_on_again(ann: Browser, report: str, row: Callable) -> None:
    ann.post(f"{PAGE}/state", {"state": "paused", "until": "2099-01-01T08:00", "note": "Holidays"})
    assert (row().state, row().paused_until.isoformat()) == ("paused", "2099-01-01T07:00:00+00:00")
    assert "Holidays" in ann.get(PAGE).text
    ann.post(f"{PAGE}/state", {"state": "on"})
    assert (row().state, row().paused_until) == ("on", None)


@pytest.mark.parametrize("until", ["yesterday", "2020-01-01T08:00"])
def test_a_pause_that_cannot_be_is_told_at_its_field(
    ann: Browser, report: str, row: Callable, until: str
) -> None:
    answer = ann.post(f"{PAGE}/state", {"state": "paused", "until": until})
    assert answer.status_code == 422
    assert 'href="#f-until"' in answer.text
    assert row().state == "on"


def test_run_now_queues_a_run_by_that_person(
    ann: Browser, report: str, database: Database, admin_id: str
) -> None:
    answer = ann.post(f"{PAGE}/runs")
    with database.reading() as connection:
        run = connection.execute(select(Execution.id, Execution.started_by, Execution.user_id)).one()
    assert answer.location == f"/executions/{run.id}"
    assert run[1:] == ("manual", admin_id)


def test_settings_are_in_the_units_people_use(ann: Browser, report: str, row: Callable) -> None:
    shown = fields_of(ann.get(f"{PAGE}/settings").text, f"{PAGE}/settings")
    assert (shown["limits.timeout_seconds"], shown["unit"], shown["limits.retry_backoff_ms"]) == (
        "10",
        "minutes",
        "1",
    )
    ann.post(
        f"{PAGE}/settings",
        {
            **shown,
            "name": "Other",
            "limits.timeout_seconds": "2",
            "unit": "hours",
            "limits.retry_backoff_ms": "0.5",
            "limits.max_concurrent": "1",
        },
    )
    changed = row()
    assert (changed.name, changed.slug, changed.timeout_seconds) == ("Other", "report", 7200)
    assert (changed.retry_backoff_ms, changed.max_concurrent, changed.rate_per_minute) == (500, 1, None)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("limits.timeout_seconds", "soon"),
        ("limits.max_concurrent", "0"),
        ("name", " "),
        ("limits.retry_max_attempts", "99"),
        ("limits.retry_backoff_ms", "1e400"),
    ],
)
def test_settings_that_cannot_be_are_told_at_their_field(
    ann: Browser, report: str, row: Callable, field: str, value: str
) -> None:
    shown = fields_of(ann.get(f"{PAGE}/settings").text, f"{PAGE}/settings")
    answer = ann.post(f"{PAGE}/settings", shown | {field: value})
    assert answer.status_code == 422
    assert f'href="#f-{field.replace(".", "-")}"' in answer.text
    assert row().timeout_seconds == 600


def test_a_deleted_workflow_is_gone_after_saying_what_that_means(ann: Browser, report: str) -> None:
    assert "This can't be taken back" in ann.get(f"{PAGE}/delete").text
    ann.post(f"{PAGE}/delete")
    assert ann.get(PAGE).status_code == 404
    assert "No workflows yet." in ann.get("/workflows").text


def test_starts_are_switched_and_removed_one_by_one(ann: Browser, report: str) -> None:
    form = fields_of(ann.get(f"{PAGE}/starts/new").text)
    ann.post(f"{PAGE}/starts/new", {**form, "name": "Nine"})
    page = ann.post(f"{PAGE}/starts/new", {**form, "name": "Nine"})
    assert page.status_code == 422
    assert "already has a start called “Nine”" in page.text
    start_id = ann.get(f"{PAGE}/starts").text.split('id="start-')[1].split('"')[0]
    off = ann.post(f"{PAGE}/starts/{start_id}/switch", {"enabled": "no"}, follow_redirects=True)
    assert "Nine is off." in off.text
    assert "Will not run on its own" in off.text
    ann.post(f"{PAGE}/starts/{start_id}/switch", {"enabled": "yes"})
    assert "Remove Nine?" in ann.get(f"{PAGE}/starts/{start_id}/remove").text
    gone = ann.post(f"{PAGE}/starts/{start_id}/remove", follow_redirects=True)
    assert "Nine is removed." in gone.text
    assert ann.get(f"{PAGE}/starts/{start_id}/schedule").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/steps",
        "/starts",
        "/starts/new",
        "/versions",
        "/versions/1",
        "/settings",
        "/live",
        "/delete",
        "/pause",
        "/steps/add",
    ],
)
def test_somebody_elses_workflow_does_not_exist(
    signed_in: Callable[[str], Browser], report: str, path: str
) -> None:
    assert signed_in("editor").get(PAGE + path).status_code == 404


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/state", {"state": "off"}),
        ("/runs", {}),
        ("/settings", {"name": "Mine"}),
        ("/delete", {}),
        ("/live", {"rev": "0"}),
        ("/starts/new", {"kind": "cron", "cron": "* * * * *"}),
        ("/versions/1/restore", {}),
        ("/steps/note/remove", {"rev": "0"}),
    ],
)
def test_somebody_elses_workflow_cannot_be_changed(
    signed_in: Callable[[str], Browser], report: str, row: Callable, path: str, form: dict[str, str]
) -> None:
    before = row()
    assert signed_in("editor").post(PAGE + path, form).status_code == 404
    assert row() == before
