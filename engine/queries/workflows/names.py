"""What workflows are called where several of the same name can't be told apart otherwise."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, and_, func, select

from engine.domain.runs.states import ARCHIVED
from engine.models import Workflow


def doubled(connection: Connection, visible: ColumnElement[bool]) -> set[str]:
    """Return the slugs of the workflows that are called like another one; pages say them beside the name."""
    name = func.lower(Workflow.name)
    twice = select(name).where(_is_there(visible)).group_by(name).having(func.count() > 1)
    return set(connection.execute(
        select(Workflow.slug).where(_is_there(visible), name.in_(twice))).scalars())


def to_choose(
    connection: Connection, visible: ColumnElement[bool], limit: int, alike: Collection[str]
) -> list[tuple[str, str]]:
    """Return slug and name of workflows by name, for a list to choose from."""
    rows = connection.execute(
        select(Workflow.slug, Workflow.name).where(_is_there(visible))
        .order_by(func.lower(Workflow.name), Workflow.slug).limit(limit)
    )
    return [(row.slug, called(row.name, row.slug, alike)) for row in rows]


def called(name: str, slug: str, alike: Collection[str]) -> str:
    """Return the name of a workflow as mere text, with its slug when that is among `alike`."""
    return f"{name} ({slug})" if slug in alike else name


def _is_there(visible: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(visible, Workflow.state != ARCHIVED)
