"""Versions of a workflow as JSON."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row

from blueprints.schemas.base import Body, Shape, Text


class NewVersion(Body):
    """The steps to keep; without any, those of the draft."""

    steps: list[Any] | None = None
    note: Text = ""


class Version(Shape):
    number: int
    is_live: bool
    note: str
    steps: list[dict[str, Any]]
    created_by: str
    created_at: datetime


class VersionList(Shape):
    versions: list[Version]


def version(row: Row[Any], live_version_id: str | None) -> Version:
    is_live = row.id == live_version_id
    return Version.model_validate({**row._mapping, **row.definition, "is_live": is_live})
