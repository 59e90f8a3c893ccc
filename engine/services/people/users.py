"""Letting people in: the first administrator, further accounts, API tokens."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from argon2 import PasswordHasher
from sqlalchemy import delete, insert, select

from engine.db import UnitOfWork
from engine.domain.errors import Conflict, Invalid
from engine.domain.ids import new_id
from engine.domain.people.passwords import check_password
from engine.domain.people.profiles import all_of, check_choice, check_email, check_name, tidy_email
from engine.domain.people.roles import ROLES, SCOPES
from engine.domain.time.zones import check_zone
from engine.models import ApiToken, Setting, User
from engine.queries.server.users import SETUP_DONE, is_set_up
from engine.services import audit, inserts, settings
from engine.services.people.passwords import HASHER, hash_password

_SETUP_CODE: Final = "setup_code"
_CODE_LETTERS: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that look alike


def ensure_setup_code(uow: UnitOfWork, at: datetime) -> str | None:
    """Return a fresh set-up code, the only valid one from now on; None once there is an admin."""
    if is_set_up(uow.connection):
        return None
    code = "-".join("".join(secrets.choice(_CODE_LETTERS) for _ in range(4)) for _ in range(3))
    settings.put(uow, _SETUP_CODE, _code_hash(code), at)
    return code


def set_up(
    uow: UnitOfWork, *, code: str, email: str, name: str, password: str, timezone: str,
    at: datetime, hasher: PasswordHasher = HASHER,
) -> str:
    """Make the first administrator for whoever holds the set-up code."""
    all_of(
        lambda: _check_setup_code(uow, code),
        lambda: _check_account(email, name, timezone, password),
    )
    return create_admin(uow, email=email, name=name, password=password, timezone=timezone, at=at,
                        hasher=hasher)


def create_admin(
    uow: UnitOfWork, *, email: str, name: str, password: str, timezone: str, at: datetime,
    hasher: PasswordHasher = HASHER,
) -> str:
    """Make the first administrator and close set-up; `Conflict` when someone was faster."""
    _check_account(email, name, timezone, password)
    user_id = new_id(at)
    closing = inserts.insert(uow, Setting).values(name=SETUP_DONE, value=user_id, updated_at=at)
    if not uow.moved(closing.on_conflict_do_nothing(index_elements=["name"])):
        raise Conflict("Carillon is set up already. Sign in instead")
    uow.execute(delete(Setting).where(Setting.name == _SETUP_CODE))
    _insert(uow, id=user_id, email=tidy_email(email), name=name.strip(), role="admin", timezone=timezone,
            password_hash=hash_password(password, hasher), created_at=at)
    audit.record(uow, user_id, "user.set_up", "user", user_id, {"email": tidy_email(email)}, at)
    return user_id


def create_user(
    uow: UnitOfWork, *, by: str, email: str, name: str, role: str, timezone: str, at: datetime,
    hasher: PasswordHasher = HASHER,
) -> tuple[str, str]:
    """Make an account; return its id and its temporary password, which is stored nowhere."""
    all_of(
        lambda: _check_account(email, name, timezone),
        lambda: check_choice(role, ROLES, "role"),
    )
    user_id, password = new_id(at), temporary_password()
    _insert(uow, id=user_id, email=tidy_email(email), name=name.strip(), role=role, timezone=timezone,
            password_hash=hash_password(password, hasher), created_at=at)
    details = {"email": tidy_email(email), "role": role}
    audit.record(uow, by, "user.created", "user", user_id, details, at)
    return user_id, password


def create_token(
    uow: UnitOfWork, *, user_id: str, name: str, scopes: Sequence[str], at: datetime,
    expires_at: datetime | None = None,
) -> tuple[str, str]:
    """Return the id and the text of a new API token; only its hash is kept."""
    all_of(
        lambda: check_name(name, "a name for the token, like “shop server”"),
        lambda: _check_scopes(scopes),
        lambda: _check_expiry(expires_at, at),
    )
    token_id, text = new_id(at), f"car_{secrets.token_urlsafe(32)}"
    uow.execute(insert(ApiToken).values(
        id=token_id, user_id=user_id, name=name.strip(), secret_hash=secret_hash(text),
        hint=text[:8], scopes=list(scopes), created_at=at, expires_at=expires_at,
    ))
    details = {"name": name.strip(), "scopes": list(scopes)}
    audit.record(uow, user_id, "token.created", "token", token_id, details, at)
    return token_id, text


def secret_hash(secret: str) -> str:
    """Return what is stored for a random secret; it is too long to be guessed, so one hash will do."""
    return hashlib.sha256(secret.encode()).hexdigest()


def temporary_password() -> str:
    return "-".join("".join(secrets.choice(_CODE_LETTERS) for _ in range(5)) for _ in range(4))


def _insert(uow: UnitOfWork, **values: object) -> None:
    new = inserts.insert(uow, User).values(**values)
    if not uow.moved(new.on_conflict_do_nothing(index_elements=["email"])):
        raise Invalid("There is already an account with this e-mail address", field="email")


def _check_account(email: str, name: str, timezone: str, password: str | None = None) -> None:
    all_of(
        lambda: check_name(name),
        lambda: check_email(email),
        lambda: None if password is None else check_password(password, tidy_email(email)),
        lambda: check_zone(timezone),
    )


def _check_setup_code(uow: UnitOfWork, code: str) -> None:
    stored = uow.execute(select(Setting.value).where(Setting.name == _SETUP_CODE)).scalar() or ""
    if not secrets.compare_digest(stored, _code_hash(code)):
        raise Invalid("Enter the set-up code that was printed when Carillon started", field="code")


def _code_hash(code: str) -> str:
    return secret_hash("".join(filter(str.isalnum, code.upper())))


def _check_scopes(scopes: Sequence[str]) -> None:
    if not scopes or any(scope not in SCOPES for scope in scopes):
        raise Invalid(f"Choose what the token may do: {', '.join(SCOPES)}", field="scopes")


def _check_expiry(expires_at: datetime | None, at: datetime) -> None:
    if expires_at is not None and expires_at <= at:
        raise Invalid("Choose a day in the future", field="expires_at")
