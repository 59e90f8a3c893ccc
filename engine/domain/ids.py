"""Sortable identifiers: UUID version 7 as text (RFC 9562 §5.7)."""

import secrets
from datetime import datetime
from uuid import UUID


def new_id(at: datetime) -> str:
    """Return a fresh id that sorts by `at` (milliseconds); 74 random bits tell twins apart."""
    milliseconds = int(at.timestamp() * 1000) & ((1 << 48) - 1)
    bits = milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64
    return str(UUID(int=bits | 0b10 << 62 | secrets.randbits(62)))
