"""Places in a list by time: going on where it was left, and who is in front of whom."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, literal, tuple_

from engine.models.base import Id, UtcDateTime


def older(moment: Any, id_: Any, place: tuple[datetime, str]) -> ColumnElement[bool]:
    """Say that a row is older than `place`, so after it in a list of the newest first.

    Compared as one, an index of both leads there; with an OR, SQLite reads everything that is newer.
    """
    at, last = place
    return tuple_(moment, id_) < tuple_(literal(at, UtcDateTime), literal(last, Id))
