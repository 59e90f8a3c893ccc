"""Changing accounts that exist, by their owners and by administrators."""

from datetime import datetime

from argon2 import PasswordHasher
from sqlalchemy import func, select, update

from engine.db import UnitOfWork
from engine.domain.errors import Conflict, Invalid, NotFound
from engine.domain.people.passwords import check_password
from engine.domain.people.profiles import THEMES, all_of, check_choice, check_name
from engine.domain.people.roles import ROLES
from engine.domain.time.zones import check_zone
from engine.domain.workflows.limits import OwnerLimits
from engine.models import ApiToken, User
from engine.services import audit
from engine.services.people import sessions
from engine.services.people.passwords import HASHER, hash_password, matches
from engine.services.people.users import temporary_password


def update_profile(
    uow: UnitOfWork, user_id: str, *, name: str, timezone: str, theme: str, at: datetime
) -> None:
    all_of(
        lambda: check_name(name),
        lambda: check_zone(timezone),
        lambda: check_choice(theme, THEMES, "theme"),
    )
    _change(uow, user_id, name=name.strip(), timezone=timezone, theme=theme)
    audit.record(uow, user_id, "user.changed", "user", user_id, None, at)


def change_password(
    uow: UnitOfWork, user_id: str, *, current: str, new: str, at: datetime,
    hasher: PasswordHasher = HASHER,
) -> None:
    """Set a new password and end every session, this one too."""
    user = uow.execute(select(User.email, User.password_hash).where(User.id == user_id)).one()
    if not matches(current, user.password_hash):
        raise Invalid("This is not your current password", field="current")
    check_password(new, user.email)
    _change(uow, user_id, password_hash=hash_password(new, hasher))
    sessions.end_all(uow, user_id)
    audit.record(uow, user_id, "user.password_changed", "user", user_id, None, at)


def reset_password(uow: UnitOfWork, user_id: str, *, by: str, at: datetime,
                   hasher: PasswordHasher = HASHER) -> str:
    """Return a temporary password for the account and end its sessions."""
    password = temporary_password()
    _change(uow, user_id, password_hash=hash_password(password, hasher))
    sessions.end_all(uow, user_id)
    audit.record(uow, by, "user.password_reset", "user", user_id, None, at)
    return password


def change_role(uow: UnitOfWork, user_id: str, role: str, *, by: str, at: datetime) -> None:
    """Give the account another role and end its sessions, so that no page shows the old one."""
    check_choice(role, ROLES, "role")
    _change(uow, user_id, role=role)
    _keep_an_admin(uow)
    sessions.end_all(uow, user_id)
    audit.record(uow, by, "user.role_changed", "user", user_id, {"role": role}, at)


def disable(uow: UnitOfWork, user_id: str, *, by: str, at: datetime) -> None:
    """Shut the account out: its sessions end, and its tokens no longer count."""
    _change(uow, user_id, disabled_at=at)
    _keep_an_admin(uow)
    sessions.end_all(uow, user_id)
    audit.record(uow, by, "user.disabled", "user", user_id, None, at)


def enable(uow: UnitOfWork, user_id: str, *, by: str, at: datetime) -> None:
    _change(uow, user_id, disabled_at=None)
    audit.record(uow, by, "user.enabled", "user", user_id, None, at)


def limit(uow: UnitOfWork, user_id: str, limits: OwnerLimits, *, by: str, at: datetime) -> None:
    """Limit all workflows of an account together; what is held goes as soon as there is room."""
    changes = limits.model_dump()
    _change(uow, user_id, **changes)
    audit.record(uow, by, "user.limited", "user", user_id, changes, at)


def revoke_token(uow: UnitOfWork, token_id: str, *, user_id: str, at: datetime) -> None:
    """Make a token of the account useless from now on."""
    mine = (ApiToken.id == token_id, ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
    if not uow.moved(update(ApiToken).where(*mine).values(revoked_at=at)):
        raise NotFound("There is no such token, or it was revoked before")
    audit.record(uow, user_id, "token.revoked", "token", token_id, None, at)


def _change(uow: UnitOfWork, user_id: str, **values: object) -> None:
    if not uow.moved(update(User).where(User.id == user_id).values(**values)):
        raise NotFound("There is no such account")


def _keep_an_admin(uow: UnitOfWork) -> None:
    left = select(func.count()).where(User.role == "admin", User.disabled_at.is_(None))
    if not uow.execute(left).scalar():
        raise Conflict("This is the last administrator. Make someone else one first")
