"""Programs with tokens, at a fixed moment."""

from collections.abc import Callable

import pytest
from apiflask import APIFlask

from engine.db import Database
from engine.services.people import users
from tests.support.stories import Clock
from tests.web.api.program import Program


@pytest.fixture
def program_of(app: APIFlask, database: Database, now: Clock) -> Callable[..., Program]:
    """A program with a token of this account and these scopes."""
    def make(user_id: str, *scopes: str) -> Program:
        with database.transaction() as uow:
            _, token = users.create_token(uow, user_id=user_id, name="test", scopes=list(scopes), at=now.at)
        return Program(app.test_client(), token)

    return make


@pytest.fixture
def program(program_of: Callable[..., Program], admin_id: str) -> Program:
    """A program that may write, for the administrator."""
    return program_of(admin_id, "write")


@pytest.fixture
def chief(program_of: Callable[..., Program], admin_id: str) -> Program:
    """A program that may do everything, for the administrator."""
    return program_of(admin_id, "admin")


@pytest.fixture
def other(program_of: Callable[..., Program], add_user: Callable[[str], tuple[str, str]]) -> Program:
    """A program of an editor who owns nothing yet."""
    return program_of(add_user("editor")[0], "write")
