"""Runs migrations on either database; called by Flask-Migrate and by tests."""

from alembic import context

from engine import config
from engine.connecting import make_engine
from engine.models import Base
from engine.models.base import UtcDateTime


def plain(kind: str, item: object, _context: object) -> str | bool:
    """Write our own types as SQLAlchemy's, so that a migration never imports this project."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run() -> None:
    url = context.config.get_main_option("sqlalchemy.url") or config.load().database_url
    engine = make_engine(url, begin="BEGIN IMMEDIATE")
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            # Batch mode rebuilds tables; with the keys on, dropping the old one cascades to its children.
            # Not through SQLAlchemy: it would begin a transaction first, inside which SQLite ignores this.
            connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
        context.configure(
            connection=connection, target_metadata=Base.metadata, render_as_batch=True,
            render_item=plain, compare_type=True, transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
    engine.dispose()


run()
