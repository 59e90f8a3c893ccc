"""What may start a workflow, when each producer is next due, and what became of each due time."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.domain.runs.states import OUTCOMES, SCHEDULE_STATES
from engine.models.base import Base, Id, Json, UtcDateTime, one_of


class Trigger(Base):
    """`removed_at` keeps the history of a deleted start readable."""

    __tablename__ = "triggers"
    __table_args__ = (
        Index(
            "uq_triggers_workflow_id_name_kept", "workflow_id", "name", unique=True,
            sqlite_where=text("removed_at IS NULL"),
            postgresql_where=text("removed_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    workflow_id: Mapped[str] = mapped_column(Id, ForeignKey("workflows.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(12))
    config: Mapped[dict[str, Any]] = mapped_column(Json)
    inputs: Mapped[dict[str, Any]] = mapped_column(Json)
    enabled: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ProducerSchedule(Base):
    """One producer's rule and place in time. `next_run_at` NULL means never; no other due column exists."""

    __tablename__ = "producer_schedules"
    __table_args__ = (
        UniqueConstraint("workflow_id", "producer_name"),
        one_of("state", SCHEDULE_STATES),
        Index(
            "ix_producer_schedules_due", "next_run_at",
            sqlite_where=text("state = 'active'"), postgresql_where=text("state = 'active'"),
        ),
        Index(
            "ix_producer_schedules_stopped", "updated_at",
            sqlite_where=text("state IN ('error', 'auto_paused')"),
            postgresql_where=text("state IN ('error', 'auto_paused')"),
        ),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    workflow_id: Mapped[str] = mapped_column(Id, ForeignKey("workflows.id", ondelete="CASCADE"))
    producer_name: Mapped[str] = mapped_column(String(200))
    trigger_id: Mapped[str] = mapped_column(Id, ForeignKey("triggers.id", ondelete="CASCADE"), unique=True)
    schedule_type: Mapped[str] = mapped_column(String(12))
    schedule_value: Mapped[dict[str, Any]] = mapped_column(Json)
    timezone: Mapped[str] = mapped_column(String(64))
    next_run_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_run_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cursor: Mapped[dict[str, Any] | None] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(12))
    note: Mapped[str] = mapped_column(Text, default="", server_default="")
    fail_count: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Occurrence(Base):
    """One due time of one producer: a run, or the reason there was none (seed 002's executions).

    When it really ran and how that ended is the execution's to say.
    """

    __tablename__ = "occurrences"
    __table_args__ = (
        UniqueConstraint("trigger_id", "scheduled_at"),
        one_of("outcome", OUTCOMES),
        Index("ix_occurrences_workflow_id_scheduled_at", "workflow_id", "scheduled_at"),
        Index("ix_occurrences_without_run", "scheduled_at", "id",
              sqlite_where=text("execution_id IS NULL"), postgresql_where=text("execution_id IS NULL")),
        Index("ix_occurrences_asked", "scheduled_at",
              sqlite_where=text("reason = 'asked'"), postgresql_where=text("reason = 'asked'")),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    trigger_id: Mapped[str] = mapped_column(Id, ForeignKey("triggers.id", ondelete="CASCADE"))
    workflow_id: Mapped[str] = mapped_column(Id, ForeignKey("workflows.id", ondelete="CASCADE"))
    scheduled_at: Mapped[datetime] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str | None] = mapped_column(String(40))
    reason_data: Mapped[dict[str, Any] | None] = mapped_column(Json)
    execution_id: Mapped[str | None] = mapped_column(Id)
    # How the run went, noted when its own row is removed.
    run_status: Mapped[str | None] = mapped_column(String(12))
    run_started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    run_duration_ms: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class WebhookCall(Base):
    """A signature that came to the address of a start and counts once, or why calls to it were refused."""

    __tablename__ = "webhook_calls"

    trigger_id: Mapped[str] = mapped_column(
        Id, ForeignKey("triggers.id", ondelete="CASCADE"), primary_key=True
    )
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    execution_id: Mapped[str | None] = mapped_column(Id)
    refusal: Mapped[str | None] = mapped_column(String(200))
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
