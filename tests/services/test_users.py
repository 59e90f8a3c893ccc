"""Accounts, and what people may see."""

from datetime import datetime

import pytest
from argon2 import PasswordHasher
from sqlalchemy import insert, select

from engine.db import Database
from engine.domain.errors import Conflict, Forbidden, Invalid, NotFound
from engine.domain.people.roles import Person, reach_of
from engine.models import Workflow
from engine.queries.visibility import authorize_workflow, may_see
from engine.services.people import sessions, users

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
ANN = {"email": "ann@example.org", "name": "Ann", "password": "correct horse battery",
       "timezone": "Europe/Berlin", "hasher": CHEAP}


@pytest.fixture
def ann(database: Database, at: datetime) -> str:
    with database.transaction() as uow:
        return users.create_admin(uow, **ANN, at=at)


@pytest.fixture
def bob(database: Database, ann: str, at: datetime) -> str:
    with database.transaction() as uow:
        return users.create_user(uow, by=ann, email="bob@example.org", name="Bob", role="editor",
                                 timezone="Europe/Berlin", at=at, hasher=CHEAP)[0]


@pytest.fixture
def report(database: Database, ann: str, at: datetime) -> str:
    """A workflow of Ann's."""
    with database.transaction() as uow:
        uow.execute(insert(Workflow).values(
            id="w-1", owner_id=ann, slug="report", name="Report", state="off", draft=[], created_at=at,
            updated_at=at,
        ))
    return "w-1"


def person(user_id: str, role: str, reach: str | None = None) -> Person:
    return Person(user_id, "x@example.org", "X", role, reach or role, "UTC", "system")


def test_there_is_one_first_administrator(database: Database, ann: str, at: datetime) -> None:
    with pytest.raises(Conflict), database.transaction() as uow:
        users.create_admin(uow, **(ANN | {"email": "eve@example.org"}), at=at)
    with database.reading() as connection, pytest.raises(Invalid):
        sessions.authenticate(connection, "eve@example.org", "correct horse battery")


def test_every_problem_of_an_account_is_named(database: Database, at: datetime) -> None:
    with pytest.raises(Invalid) as caught, database.transaction() as uow:
        users.create_admin(uow, email="ann", name=" ", password="short", timezone="Moon", at=at)
    assert [problem.field for problem in caught.value.problems] == ["name", "email", "password", "timezone"]


def test_a_password_is_kept_as_an_argon2id_hash(database: Database, ann: str) -> None:
    with database.reading() as connection:
        kept = connection.exec_driver_sql("SELECT password_hash FROM users").scalar_one()
    assert kept.startswith("$argon2id$")


@pytest.mark.parametrize(("role", "scopes", "reach"), [
    ("admin", ["read"], "viewer"), ("admin", ["run", "read"], "operator"), ("editor", ["admin"], "editor"),
    ("viewer", ["write"], "viewer"), ("admin", ["nonsense"], "viewer"),
])
def test_a_token_reaches_as_far_as_the_shorter_of_role_and_scope(
    role: str, scopes: list[str], reach: str
) -> None:
    assert reach_of(role, scopes) == reach


def test_people_see_their_own_workflows_and_administrators_all(
    database: Database, report: str, ann: str, bob: str
) -> None:
    def seen(who: Person) -> list[str]:
        with database.reading() as connection:
            return list(connection.execute(select(Workflow.id).where(may_see(who))).scalars())

    assert seen(person(ann, "admin", "viewer")) == [report]
    assert seen(person(ann, "viewer")) == [report]
    assert seen(person(bob, "editor")) == []


def test_what_cannot_be_seen_is_not_found_and_what_may_not_be_done_is_forbidden(
    database: Database, report: str, ann: str, bob: str
) -> None:
    with database.reading() as connection:
        assert authorize_workflow(connection, person(ann, "admin"), report, "editor").slug == "report"
        with pytest.raises(NotFound):
            authorize_workflow(connection, person(bob, "editor"), report)
        with pytest.raises(Forbidden):
            authorize_workflow(connection, person(ann, "admin", "operator"), report, "editor")
