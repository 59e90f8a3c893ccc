"""Whose workflows a command makes."""

from typing import Any

from sqlalchemy import Connection, Row

from engine.domain.errors import NotFound
from engine.domain.people.profiles import tidy_email
from engine.queries.server import users as accounts


def find(connection: Connection, email: str | None) -> Row[Any]:
    """Return the account with this address, or the administrator who was there first."""
    everyone = [account for account in accounts.everyone(connection) if account.disabled_at is None]
    if email is None:
        fitting = [account for account in everyone if account.role == "admin"]
    else:
        fitting = [account for account in everyone if account.email == tidy_email(email)]
    if not fitting:
        raise NotFound(f"Nobody has the address {email} here." if email else "There is no administrator yet.")
    return min(fitting, key=lambda account: account.created_at)
