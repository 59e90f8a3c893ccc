"""Add what control flow, repeating runs and finer limits need"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

LIVE = sa.text("status IN ('pending', 'running', 'waiting')")
CHILD = sa.text("parent_id IS NOT NULL")
UNMEASURED = sa.text("stored_bytes IS NULL AND completed_at IS NOT NULL")
OPEN = sa.text("answer IS NULL")
TO_SEND = sa.text("due_at IS NOT NULL")
STARTED = sa.text("started_at IS NOT NULL")
STOPPED = sa.text("state IN ('error', 'auto_paused')")


def upgrade() -> None:

    op.create_table(
        "approvals",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("execution_id", sa.String(length=36), nullable=False),
        sa.Column("workflow_id", sa.String(length=36), nullable=False),
        sa.Column("step_key", sa.String(length=40), nullable=False),
        sa.Column("position", sa.String(length=80), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column(
            "choices",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "recipients",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(length=60), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("answered_by", sa.String(length=254), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["execution_id"], ["executions.id"], name=op.f("fk_approvals_execution_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["workflow_id"], ["workflows.id"], name=op.f("fk_approvals_workflow_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
        sa.UniqueConstraint(
            "execution_id", "step_key", "position", name=op.f("uq_approvals_execution_id_step_key_position")
        ),
    )
    with op.batch_alter_table("approvals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_approvals_workflow_id"), ["workflow_id"], unique=False)
        batch_op.create_index(
            "ix_approvals_open", ["asked_at"], unique=False, sqlite_where=OPEN, postgresql_where=OPEN
        )
    op.create_table(
        "approval_mails",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("approval_id", sa.String(length=36), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("is_reminder", sa.Boolean(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["approvals.id"], name=op.f("fk_approval_mails_approval_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_mails")),
        sa.UniqueConstraint(
            "approval_id", "address", "is_reminder",
            name=op.f("uq_approval_mails_approval_id_address_is_reminder"),
        ),
        sa.UniqueConstraint("token_hash", name=op.f("uq_approval_mails_token_hash")),
    )
    with op.batch_alter_table("approval_mails", schema=None) as batch_op:
        batch_op.create_index(
            "ix_approval_mails_due_at", ["due_at"], unique=False,
            sqlite_where=TO_SEND, postgresql_where=TO_SEND,
        )

    op.create_table(
        "statistics",
        sa.Column("workflow_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("measure", sa.String(length=12), nullable=False),
        sa.Column("bucket", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("runs", sa.BigInteger(), nullable=False),
        sa.Column("total_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workflow_id"], ["workflows.id"], name=op.f("fk_statistics_workflow_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            "workflow_id", "at", "measure", "bucket", "slot", name=op.f("pk_statistics")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "stored_days",
        sa.Column("workflow_id", sa.String(length=36), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.Column("runs", sa.BigInteger(), nullable=False),
        sa.Column("full", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workflow_id"], ["workflows.id"], name=op.f("fk_stored_days_workflow_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("workflow_id", "day", "failed", name=op.f("pk_stored_days")),
        sqlite_with_rowid=False,
    )

    op.create_table(
        "webhook_calls",
        sa.Column("trigger_id", sa.String(length=36), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("execution_id", sa.String(length=36), nullable=True),
        sa.Column("refusal", sa.String(length=200), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["trigger_id"], ["triggers.id"], name=op.f("fk_webhook_calls_trigger_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("trigger_id", "digest", name=op.f("pk_webhook_calls")),
    )
    with op.batch_alter_table("webhook_calls", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_webhook_calls_at"), ["at"], unique=False)

    with op.batch_alter_table("executions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("retry_kind", sa.String(length=8), nullable=True))
        batch_op.add_column(sa.Column("parent_id", sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column("parent_step", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("parent_position", sa.String(length=80), nullable=True))
        batch_op.add_column(sa.Column("depth", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("dry_run", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("unusual", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("priority", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("concurrency_key", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("stored_bytes", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("trimmed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(
            "ix_executions_parent_id", ["parent_id"], unique=False,
            sqlite_where=CHILD, postgresql_where=CHILD,
        )
        batch_op.create_index(
            "ix_executions_unmeasured", ["id"], unique=False,
            sqlite_where=UNMEASURED, postgresql_where=UNMEASURED,
        )
        batch_op.create_index(
            "ix_executions_live_workflow_id", ["status", "workflow_id", "queued_at", "id"], unique=False,
            sqlite_where=LIVE, postgresql_where=LIVE,
        )
        batch_op.create_index(
            "ix_executions_workflow_id_started_at", ["workflow_id", "started_at"], unique=False,
            sqlite_where=STARTED, postgresql_where=STARTED,
        )

    with op.batch_alter_table("occurrences", schema=None) as batch_op:
        batch_op.add_column(sa.Column("run_status", sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column("run_started_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("run_duration_ms", sa.BigInteger(), nullable=True))

    with op.batch_alter_table("producer_schedules", schema=None) as batch_op:
        batch_op.create_index(
            "ix_producer_schedules_stopped", ["updated_at"], unique=False,
            sqlite_where=STOPPED, postgresql_where=STOPPED,
        )

    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.add_column(sa.Column("max_concurrent", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("rate_per_minute", sa.Integer(), nullable=True))

    with op.batch_alter_table("workflows", schema=None) as batch_op:
        batch_op.add_column(sa.Column("concurrency_key", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("max_per_key", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("priority", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column(
            "retention", sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            server_default="{}", nullable=False,
        ))


def downgrade() -> None:

    with op.batch_alter_table("workflows", schema=None) as batch_op:
        batch_op.drop_column("retention")
        batch_op.drop_column("priority")
        batch_op.drop_column("max_per_key")
        batch_op.drop_column("concurrency_key")

    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_column("rate_per_minute")
        batch_op.drop_column("max_concurrent")

    with op.batch_alter_table("producer_schedules", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_producer_schedules_stopped", sqlite_where=STOPPED, postgresql_where=STOPPED
        )

    with op.batch_alter_table("occurrences", schema=None) as batch_op:
        batch_op.drop_column("run_duration_ms")
        batch_op.drop_column("run_started_at")
        batch_op.drop_column("run_status")

    with op.batch_alter_table("executions", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_executions_workflow_id_started_at", sqlite_where=STARTED, postgresql_where=STARTED
        )
        batch_op.drop_index(
            "ix_executions_live_workflow_id", sqlite_where=LIVE, postgresql_where=LIVE
        )
        batch_op.drop_index(
            "ix_executions_unmeasured", sqlite_where=UNMEASURED, postgresql_where=UNMEASURED
        )
        batch_op.drop_column("trimmed_at")
        batch_op.drop_column("stored_bytes")
        batch_op.drop_index(
            "ix_executions_parent_id", sqlite_where=CHILD, postgresql_where=CHILD
        )
        batch_op.drop_column("concurrency_key")
        batch_op.drop_column("priority")
        batch_op.drop_column("unusual")
        batch_op.drop_column("dry_run")
        batch_op.drop_column("depth")
        batch_op.drop_column("parent_position")
        batch_op.drop_column("parent_step")
        batch_op.drop_column("parent_id")
        batch_op.drop_column("retry_kind")

    op.drop_table("stored_days")
    op.drop_table("statistics")
    op.drop_table("webhook_calls")
    op.drop_table("approval_mails")
    op.drop_table("approvals")
