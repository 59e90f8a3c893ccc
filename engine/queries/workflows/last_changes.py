"""Who changed something last, and when."""

from datetime import datetime

from sqlalchemy import Connection, Row, select

from engine.models import AuditEntry, User


def of_start(connection: Connection, trigger_id: str) -> Row[datetime, str | None, str] | None:
    """Return `at`, `user_id` and `name` of the newest change somebody made to a start."""
    return connection.execute(
        select(AuditEntry.at, AuditEntry.user_id, User.name)
        .join(User, User.id == AuditEntry.user_id)
        .where(AuditEntry.object_kind == "trigger", AuditEntry.object_id == trigger_id)
        .order_by(AuditEntry.id.desc()).limit(1)
    ).one_or_none()
