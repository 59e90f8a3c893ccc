"""What runs ask people, and the mails that go out for it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.models.base import Base, Id, Json, UtcDateTime

_OPEN = text("answer IS NULL")
_TO_SEND = text("due_at IS NOT NULL")


class Approval(Base):
    """A question a run waits with."""

    __tablename__ = "approvals"
    __table_args__ = (
        UniqueConstraint("execution_id", "step_key", "position"),
        Index("ix_approvals_open", "asked_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    execution_id: Mapped[str] = mapped_column(Id, ForeignKey("executions.id", ondelete="CASCADE"))
    workflow_id: Mapped[str] = mapped_column(Id, ForeignKey("workflows.id", ondelete="CASCADE"), index=True)
    step_key: Mapped[str] = mapped_column(String(40))
    position: Mapped[str] = mapped_column(String(80), default="")
    question: Mapped[str] = mapped_column(Text)
    choices: Mapped[list[str]] = mapped_column(Json)
    recipients: Mapped[list[str]] = mapped_column(Json)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    remind_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer: Mapped[str | None] = mapped_column(String(60))
    note: Mapped[str] = mapped_column(Text, default="", server_default="")
    answered_by: Mapped[str | None] = mapped_column(String(254))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ApprovalMail(Base):
    """A mail to one of those who are asked. `token_hash` is the SHA-256 of the secret in its link.

    `due_at` says when it is to be sent, or tried again; NULL once nothing is to be done. `sending_since` is
    when it was handed in last, until somebody says what became of it.
    """

    __tablename__ = "approval_mails"
    __table_args__ = (
        UniqueConstraint("approval_id", "address", "is_reminder"),
        Index("ix_approval_mails_due_at", "due_at", sqlite_where=_TO_SEND, postgresql_where=_TO_SEND),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    approval_id: Mapped[str] = mapped_column(Id, ForeignKey("approvals.id", ondelete="CASCADE"))
    address: Mapped[str] = mapped_column(String(254))
    is_reminder: Mapped[bool] = mapped_column(default=False)
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sending_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    may_be_double: Mapped[bool] = mapped_column(default=False, server_default=false())
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)
