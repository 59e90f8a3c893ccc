"""Who leads, who is alive, and the feed the live pages follow."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.models.base import Base, Id, Serial, UtcDateTime


class Leader(Base):
    """The lease row. A write by the leader counts only while its `term` stands here."""

    __tablename__ = "leader"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    owner: Mapped[str] = mapped_column(String(80))
    term: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ticked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Process(Base):
    """A process that reported lately; `/healthz` counts them."""

    __tablename__ = "processes"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Change(Base):
    """A line of the live feed; `id` is the cursor pages catch up from."""

    __tablename__ = "changes"
    __table_args__ = (Index("ix_changes_at", "at"),)

    id: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    event: Mapped[str] = mapped_column(String(20))
    workflow_id: Mapped[str] = mapped_column(Id)
    execution_id: Mapped[str | None] = mapped_column(Id)
