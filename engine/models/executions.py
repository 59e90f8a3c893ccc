"""Runs, their steps and their log."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.domain.runs.states import EFFECTS, EXECUTION_STATUSES, STEP_STATUSES
from engine.models.base import Base, Id, Json, Serial, UtcDateTime, one_of

# Spelt out, so that the databases see that an index of only these runs will do.
LIVE_STATUS: Final = "status IN ('pending', 'running', 'waiting')"
_FAILED_STATUS: Final = "status = 'failed'"
IS_LIVE: Final = text(f"executions.{LIVE_STATUS}")
IS_FAILED: Final = text(f"executions.{_FAILED_STATUS}")
HAS_KEY: Final = text("idempotency_key IS NOT NULL")
_LIVE = text(LIVE_STATUS)
_UNMEASURED = text("stored_bytes IS NULL AND completed_at IS NOT NULL")
_STARTED = text("started_at IS NOT NULL")
_REPEATS = text("retry_of IS NOT NULL")
_IS_CHILD = text("parent_id IS NOT NULL")
_FAILED = text(_FAILED_STATUS)
_LIVE_OF_TRIGGER = text(f"{LIVE_STATUS} AND trigger_id IS NOT NULL")


class Execution(Base):
    """One run of one version. Whoever holds `lease_epoch` may write; everybody else walks away."""

    __tablename__ = "executions"
    __table_args__ = (
        one_of("status", EXECUTION_STATUSES),
        # Of the rows that have one only, as others below: each index is written to when a run is queued, when
        # it begins and when it ends.
        Index("uq_executions_workflow_id_idempotency_key", "workflow_id", "idempotency_key", unique=True,
              sqlite_where=HAS_KEY, postgresql_where=HAS_KEY),
        Index("ix_executions_retry_of", "retry_of", sqlite_where=_REPEATS, postgresql_where=_REPEATS),
        Index("ix_executions_queued_at_id", "queued_at", "id"),
        Index("ix_executions_workflow_id_queued_at_id", "workflow_id", "queued_at", "id"),
        # How many of a workflow go and who is next, read in the order of the line.
        Index("ix_executions_live_workflow_id", "status", "workflow_id", "queued_at", "id",
              sqlite_where=_LIVE, postgresql_where=_LIVE),
        Index("ix_executions_workflow_id_started_at", "workflow_id", "started_at",
              sqlite_where=_STARTED, postgresql_where=_STARTED),
        Index("ix_executions_live", "status", "wake_at", sqlite_where=_LIVE, postgresql_where=_LIVE),
        Index("ix_executions_live_trigger_id", "trigger_id",
              sqlite_where=_LIVE_OF_TRIGGER, postgresql_where=_LIVE_OF_TRIGGER),
        Index("ix_executions_parent_id", "parent_id", sqlite_where=_IS_CHILD, postgresql_where=_IS_CHILD),
        Index("ix_executions_failed", "queued_at", "id", sqlite_where=_FAILED, postgresql_where=_FAILED),
        Index("ix_executions_unmeasured", "id", sqlite_where=_UNMEASURED, postgresql_where=_UNMEASURED),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    workflow_id: Mapped[str] = mapped_column(Id, ForeignKey("workflows.id", ondelete="CASCADE"))
    version_id: Mapped[str] = mapped_column(Id, ForeignKey("workflow_versions.id"))
    trigger_id: Mapped[str | None] = mapped_column(Id)
    occurrence_id: Mapped[str | None] = mapped_column(Id)
    started_by: Mapped[str] = mapped_column(String(12))
    user_id: Mapped[str | None] = mapped_column(Id)
    status: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str | None] = mapped_column(String(40))
    input: Mapped[dict[str, Any]] = mapped_column(Json)
    output: Mapped[Any | None] = mapped_column(Json)
    error_class: Mapped[str | None] = mapped_column(String(12))
    error_code: Mapped[str | None] = mapped_column(String(40))
    error_message: Mapped[str | None] = mapped_column(Text)
    # The step it failed with, the innermost one where steps hold steps.
    error_step: Mapped[str | None] = mapped_column(String(40))
    retry_of: Mapped[str | None] = mapped_column(Id)
    # How it repeats that run: rerun, resume or replay.
    retry_kind: Mapped[str | None] = mapped_column(String(8))
    # The run one of whose steps started this one, and which step that is.
    parent_id: Mapped[str | None] = mapped_column(Id)
    parent_step: Mapped[str | None] = mapped_column(String(40))
    parent_position: Mapped[str | None] = mapped_column(String(80))
    depth: Mapped[int] = mapped_column(default=0, server_default="0")
    dry_run: Mapped[bool] = mapped_column(default=False, server_default=false())
    unusual: Mapped[bool] = mapped_column(default=False, server_default=false())
    priority: Mapped[int] = mapped_column(default=0, server_default="0")
    concurrency_key: Mapped[str | None] = mapped_column(String(200))
    idempotency_key: Mapped[str | None] = mapped_column(String(200))
    queued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deadline_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    duration_ms: Mapped[int | None] = mapped_column(BigInteger)
    retry_count: Mapped[int] = mapped_column(default=0)
    crash_count: Mapped[int] = mapped_column(default=0)
    wake_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_owner: Mapped[str | None] = mapped_column(String(80))
    lease_epoch: Mapped[int] = mapped_column(default=0)
    lease_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # What its data takes, measured after it has ended; and when that data was removed to save room.
    stored_bytes: Mapped[int | None] = mapped_column(BigInteger)
    trimmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class IgnoredRun(Base):
    """Somebody has seen that this run failed, or looks unusual, and needs no reminder."""

    __tablename__ = "ignored_runs"

    execution_id: Mapped[str] = mapped_column(
        Id, ForeignKey("executions.id", ondelete="CASCADE"), primary_key=True
    )
    by: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class ExecutionStep(Base):
    """One step of one run. `position` is the loop path, empty outside loops."""

    __tablename__ = "execution_steps"
    __table_args__ = (one_of("status", STEP_STATUSES), one_of("effect", EFFECTS))

    execution_id: Mapped[str] = mapped_column(
        Id, ForeignKey("executions.id", ondelete="CASCADE"), primary_key=True
    )
    step_key: Mapped[str] = mapped_column(String(40), primary_key=True)
    position: Mapped[str] = mapped_column(String(80), primary_key=True, default="")
    type: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str | None] = mapped_column(String(40))
    input: Mapped[Any | None] = mapped_column(Json)
    output: Mapped[Any | None] = mapped_column(Json)
    error_class: Mapped[str | None] = mapped_column(String(12))
    error_code: Mapped[str | None] = mapped_column(String(40))
    error_message: Mapped[str | None] = mapped_column(Text)
    attempt: Mapped[int] = mapped_column(default=1)
    retry_count: Mapped[int] = mapped_column(default=0)
    effect: Mapped[str] = mapped_column(String(12), default="none")
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    duration_ms: Mapped[int | None] = mapped_column(BigInteger)
    wake_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ExecutionLog(Base):
    """A line of a run's log; `event` is one of seed 004's names where the engine wrote it.

    `position` is the loop path of the step it is about, as in `ExecutionStep`.
    """

    __tablename__ = "execution_logs"
    __table_args__ = (Index("ix_execution_logs_execution_id_id", "execution_id", "id"),)

    id: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    execution_id: Mapped[str] = mapped_column(Id, ForeignKey("executions.id", ondelete="CASCADE"))
    step_key: Mapped[str | None] = mapped_column(String(40))
    position: Mapped[str] = mapped_column(String(80), default="", server_default="")
    level: Mapped[str] = mapped_column(String(8))
    event: Mapped[str | None] = mapped_column(String(20))
    message: Mapped[str] = mapped_column(Text)
    details: Mapped[dict[str, Any] | None] = mapped_column("metadata", Json)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
