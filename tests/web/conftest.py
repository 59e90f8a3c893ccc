"""An application on a real database, and browsers for it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from argon2 import PasswordHasher
from sqlalchemy import select

from app import create_app
from engine import clock as clocks
from engine import config
from engine.config import Settings
from engine.db import Database
from engine.models import Trigger, Workflow
from engine.services.people import users
from engine.services.workflows import launches, workflows
from tests.support.stories import NOTE, Clock, Engine, add_live_workflow
from tests.web.browser import PASSWORD, Browser

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(autouse=True)
def now(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the application: the one of the test, standing still."""
    monkeypatch.setattr(clocks, "now", clock.now)
    return clock


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    environ = {"CARILLON_HOME": str(tmp_path), "DATABASE_URL": database_url, "CARILLON_TZ": "Europe/Berlin"}
    return replace(config.load(environ), redis_url=f"unix://{tmp_path}/no-redis.sock")


@pytest.fixture
def app(settings: Settings) -> Iterator[APIFlask]:
    app = create_app(settings)
    yield app
    app.extensions["carillon"].database.close()


@pytest.fixture
def admin_id(database: Database, at: datetime) -> str:
    """The first administrator: ann@example.org."""
    with database.transaction() as uow:
        return users.create_admin(uow, email="ann@example.org", name="Ann", password=PASSWORD,
                                  timezone="Europe/Berlin", at=at, hasher=CHEAP)


@pytest.fixture
def add_user(database: Database, admin_id: str, at: datetime) -> Callable[[str], tuple[str, str]]:
    """Add an account `<role>@example.org`; gives its id and password."""
    def add(role: str) -> tuple[str, str]:
        with database.transaction() as uow:
            return users.create_user(uow, by=admin_id, email=f"{role}@example.org", name=role.title(),
                                     role=role, timezone="Europe/Berlin", at=at, hasher=CHEAP)

    return add


@pytest.fixture
def stranger(app: APIFlask) -> Browser:
    """A browser that is not signed in."""
    return Browser(app.test_client())


@pytest.fixture
def ann(app: APIFlask, admin_id: str) -> Browser:
    """The administrator's browser, signed in."""
    browser = Browser(app.test_client())
    browser.sign_in("ann@example.org", PASSWORD)
    return browser


@pytest.fixture
def signed_in(app: APIFlask, add_user: Callable[[str], tuple[str, str]]) -> Callable[[str], Browser]:
    """A signed-in browser of a new account with the given role."""
    def sign_in(role: str) -> Browser:
        browser = Browser(app.test_client())
        browser.sign_in(f"{role}@example.org", add_user(role)[1])
        return browser

    return sign_in


@pytest.fixture
def report(database: Database, admin_id: str, at: datetime) -> str:
    """Ann's workflow Report, live and on; its page is /workflows/report."""
    with database.transaction() as uow:
        workflow_id = workflows.create(uow, owner_id=admin_id, name="Report", steps=[NOTE], limits={}, at=at)
        launches.launch(uow, workflow_id, by=admin_id, at=at, timezone="Europe/Berlin")
    return workflow_id


@pytest.fixture
def documents(database: Database, report: str) -> Callable[[], dict[str, Any]]:
    """The schedule documents of Report's starts by name."""
    def read() -> dict[str, Any]:
        kept = select(Trigger.name, Trigger.config).where(Trigger.removed_at.is_(None))
        with database.reading() as connection:
            return {row.name: row.config["schedule"] for row in connection.execute(kept)}

    return read


@pytest.fixture
def run(engine: Engine, database: Database, admin_id: str, at: datetime) -> Callable[..., str]:
    """Run these steps once, as the administrator's workflow; gives the run's id."""
    def go(*steps: dict[str, Any], name: str = "Report", **given: Any) -> str:
        return engine.run(add_live_workflow(database, at, steps, name=name, owner_id=admin_id), **given).id

    return go


@pytest.fixture
def run_rows(run: Callable[..., str]) -> Callable[..., str]:
    """Run these steps with rows of these totals; gives the run's id."""
    def go(steps: list[dict[str, Any]], totals: list[int]) -> str:
        return run(*steps, rows=[{"total": total} for total in totals])

    return go


@pytest.fixture
def row(database: Database) -> Callable[[], Any]:
    """Read the row of the one workflow there is."""
    def read() -> Any:
        with database.reading() as connection:
            return connection.execute(select(*Workflow.__table__.columns)).one()

    return read
