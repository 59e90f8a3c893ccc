"""Workflows and their immutable versions."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.domain.runs.states import WORKFLOW_STATES
from engine.models.base import Base, Id, Json, UtcDateTime, one_of


class Workflow(Base):
    """`draft` is the list of steps being edited; `draft_rev` counts its saves."""

    __tablename__ = "workflows"
    __table_args__ = (one_of("state", WORKFLOW_STATES),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    owner_id: Mapped[str] = mapped_column(Id, ForeignKey("users.id"), index=True)
    slug: Mapped[str] = mapped_column(String(120), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    notes: Mapped[str] = mapped_column(Text, default="", server_default="")
    state: Mapped[str] = mapped_column(String(12))
    paused_until: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    paused_by: Mapped[str | None] = mapped_column(Id)
    paused_note: Mapped[str] = mapped_column(Text, default="", server_default="")
    # No foreign key: it would tie workflows and versions in a circle that SQLite can't alter.
    live_version_id: Mapped[str | None] = mapped_column(Id)
    draft: Mapped[list[Any]] = mapped_column(Json)
    draft_rev: Mapped[int] = mapped_column(default=0)
    max_concurrent: Mapped[int | None]
    rate_per_minute: Mapped[int | None]
    # Text with references to inputs; runs whose text is the same count as one under `max_per_key`.
    concurrency_key: Mapped[str | None] = mapped_column(Text)
    max_per_key: Mapped[int | None]
    priority: Mapped[int] = mapped_column(default=0, server_default="0")
    timeout_seconds: Mapped[int] = mapped_column(default=600)
    retry_max_attempts: Mapped[int] = mapped_column(default=3)
    retry_backoff_ms: Mapped[int] = mapped_column(default=1000)
    # What it says itself about how long history is kept; the rest is the installation's rule.
    retention: Mapped[dict[str, int]] = mapped_column(Json, default=dict, server_default="{}")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class WorkflowVersion(Base):
    """Never updated. `definition` is `{"steps": […]}` plus the limits it was published with."""

    __tablename__ = "workflow_versions"
    __table_args__ = (UniqueConstraint("workflow_id", "number"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    workflow_id: Mapped[str] = mapped_column(Id, ForeignKey("workflows.id", ondelete="CASCADE"))
    number: Mapped[int]
    definition: Mapped[dict[str, Any]] = mapped_column(Json)
    note: Mapped[str] = mapped_column(Text, default="", server_default="")
    created_by: Mapped[str] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
