"""Accounts as JSON."""

from typing import Any

from pydantic import Field
from sqlalchemy import Row

from blueprints.schemas.base import Body, Shape
from engine.domain.workflows.limits import OwnerLimits


class AccountLimits(Body):
    """For all workflows of the account together; null means no limit, what is left out stays."""

    max_concurrent: int | None = Field(default=None, ge=1, le=1_000)
    rate_per_minute: int | None = Field(default=None, ge=1, le=100_000)

    def onto(self, row: Row[Any]) -> OwnerLimits:
        """Return the limits of the account with these changes."""
        before = {name: getattr(row, name) for name in OwnerLimits.model_fields}
        return OwnerLimits.model_validate(before | self.model_dump(exclude_unset=True))


class Account(Shape):
    id: str
    email: str
    name: str
    role: str
    is_disabled: bool
    max_concurrent: int | None
    rate_per_minute: int | None


class AccountList(Shape):
    users: list[Account]


def account(row: Row[Any]) -> Account:
    return Account.model_validate({**row._mapping, "is_disabled": row.disabled_at is not None})
