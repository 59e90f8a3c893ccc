"""What monitors and people are told about the machinery."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from apiflask import APIFlask
from sqlalchemy import insert

from app import create_app
from engine import clock
from engine.config import Settings
from engine.db import Database
from engine.models import Leader
from engine.services.server import processes
from tests.web.browser import Browser


@pytest.fixture
def alive(database: Database, app: APIFlask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A leader, a worker, and a Redis that answers."""
    at = clock.now()
    with database.transaction() as uow:
        lease = {"name": "scheduler", "owner": "x", "term": 1, "expires_at": at + timedelta(hours=1)}
        uow.execute(insert(Leader).values(**lease))
        processes.report(uow, "worker-1", "worker", at)
    monkeypatch.setattr(app.extensions["carillon"].bus, "ping", lambda: True)


def test_all_is_well_when_everything_runs(stranger: Browser, alive: None) -> None:
    answer = stranger.get("/healthz")
    assert answer.status_code == 200
    assert answer.json == {"status": "ok", "checks": {
        "database": "ok", "redis": "ok", "leader": "ok", "workers": 1,
        "oldestOverdueSeconds": 0, "disk": "ok",
    }}


def test_it_names_what_is_missing(stranger: Browser) -> None:
    answer = stranger.get("/healthz")
    assert (answer.status_code, answer.json["status"]) == (200, "degraded")
    checks = answer.json["checks"]
    assert (checks["redis"], checks["leader"], checks["workers"]) == ("down", "missing", 0)


def test_a_silent_worker_no_longer_counts(stranger: Browser, alive: None, database: Database) -> None:
    with database.transaction() as uow:
        processes.report(uow, "worker-1", "worker", clock.now() - timedelta(minutes=5))
    assert stranger.get("/healthz").json["checks"]["workers"] == 0


def test_without_a_database_it_is_down_and_says_so(settings: Settings, tmp_path: Path) -> None:
    broken = create_app(replace(settings, database_url=f"sqlite:///{tmp_path}/missing/carillon.db"))
    answer = broken.test_client().get("/healthz")
    assert (answer.status_code, answer.json["status"]) == (503, "down")
    assert answer.json["checks"]["database"] == "down"


def test_without_a_database_a_page_says_to_try_again(settings: Settings, tmp_path: Path) -> None:
    broken = create_app(replace(settings, database_url=f"sqlite:///{tmp_path}/missing/carillon.db"))
    answer = broken.test_client().get("/account")
    assert answer.status_code == 503
    assert "The database can&#39;t be reached" in answer.text


def test_people_read_the_same_in_words(ann: Browser, alive: None) -> None:
    page = ann.get("/settings/health").text
    assert "Everything that must run is running." in page
    assert "1 worker process is running." in page
