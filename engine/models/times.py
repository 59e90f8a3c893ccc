"""What is shared by many schedules, what people decided about single times, and when nothing ran."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.domain.runs.states import OVERRIDES
from engine.models.base import Base, Id, Json, UtcDateTime, one_of

_OPEN = text("settled_at IS NULL")


class Calendar(Base):
    """Days off as people entered or uploaded them: `days` maps ISO dates to what they are called."""

    __tablename__ = "calendars"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    origin: Mapped[str] = mapped_column(String(12))
    days: Mapped[dict[str, str]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Blackout(Base):
    """A time in which nothing starts: of the workflows listed, or of all when `workflow_ids` is NULL."""

    __tablename__ = "blackouts"
    __table_args__ = (Index("ix_blackouts_ends_at", "ends_at"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    timezone: Mapped[str] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(Text, default="", server_default="")
    workflow_ids: Mapped[list[str] | None] = mapped_column(Json)
    created_by: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class OccurrenceOverride(Base):
    """What a person decided about one due time. `settled_at` is set once that time has passed."""

    __tablename__ = "occurrence_overrides"
    __table_args__ = (
        UniqueConstraint("trigger_id", "scheduled_at"),
        one_of("action", OVERRIDES),
        Index("ix_occurrence_overrides_open", "scheduled_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    trigger_id: Mapped[str] = mapped_column(Id, ForeignKey("triggers.id", ondelete="CASCADE"))
    scheduled_at: Mapped[datetime] = mapped_column(UtcDateTime)
    action: Mapped[str] = mapped_column(String(12))
    moved_to: Mapped[datetime | None] = mapped_column(UtcDateTime)
    inputs: Mapped[dict[str, Any] | None] = mapped_column(Json)
    note: Mapped[str] = mapped_column(Text, default="", server_default="")
    created_by: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Outage(Base):
    """A time in which no leader ticked. `handled_at` is set when a person has dealt with what it missed."""

    __tablename__ = "outages"
    __table_args__ = (Index("ix_outages_ended_at", "ended_at"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime] = mapped_column(UtcDateTime)
    handled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    handled_by: Mapped[str | None] = mapped_column(Id)
