"""Hashing and checking passwords with argon2id."""

import threading
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)

# Each hash takes 19 MiB; a flood of sign-ins must not take it two hundred times at once.
_slots = threading.BoundedSemaphore(4)

# Checked when there is no account, so that the answer takes the same time.
_NOBODY: Final = (
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LWhhcy10aGlz$"
    "0rPiVSAhWkfYrxdTMJOlKAjs7QXuOKJPxXnk5ZgjpLc"
)


def hash_password(password: str, hasher: PasswordHasher = HASHER) -> str:
    with _slots:
        return hasher.hash(password)


def matches(password: str, password_hash: str | None) -> bool:
    """Whether `password` belongs to `password_hash`; None (no account) takes as long and is False."""
    with _slots:
        try:
            return HASHER.verify(password_hash or _NOBODY, password) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False
