"""Roles, what an API token may be allowed, and the one who asks."""

from dataclasses import dataclass
from typing import Final

ROLES: Final = ("viewer", "operator", "editor", "admin")

# What each scope of a token lets it do at most; the account's own role is the other limit.
SCOPES: Final = {"read": "viewer", "run": "operator", "write": "editor", "admin": "admin"}


@dataclass(frozen=True)
class Person:
    """A signed-in account, or a token acting for it.

    `role` is the account's and decides what is visible; `reach` is what this session or token
    may do, never more than `role`.
    """

    id: str
    email: str
    name: str
    role: str
    reach: str
    timezone: str
    theme: str

    @property
    def sees_everything(self) -> bool:
        return self.role == "admin"

    def may(self, role: str) -> bool:
        """Whether what needs `role` is allowed."""
        return ROLES.index(role) <= ROLES.index(self.reach)


def reach_of(role: str, scopes: list[str]) -> str:
    """Return the role a token with `scopes` acts as for an account with `role`."""
    allowed = max((ROLES.index(SCOPES[scope]) for scope in scopes if scope in SCOPES), default=0)
    return ROLES[min(allowed, ROLES.index(role))]
