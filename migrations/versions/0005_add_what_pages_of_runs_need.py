"""Add what the pages of runs need"""

from alembic import op
import sqlalchemy as sa

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "ignored_runs",
        sa.Column("execution_id", sa.String(length=36), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["execution_id"], ["executions.id"], name=op.f("fk_ignored_runs_execution_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("execution_id", name=op.f("pk_ignored_runs")),
    )
    op.create_table(
        "failed_steps",
        sa.Column("workflow_id", sa.String(length=36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step_key", sa.String(length=40), nullable=False),
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("runs", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workflow_id"], ["workflows.id"], name=op.f("fk_failed_steps_workflow_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("workflow_id", "at", "step_key", "slot", name=op.f("pk_failed_steps")),
        sqlite_with_rowid=False,
    )

    with op.batch_alter_table("executions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("error_step", sa.String(length=40), nullable=True))
    op.create_index(
        op.f("ix_executions_failed"), "executions", ["queued_at", "id"],
        sqlite_where=sa.text("status = 'failed'"), postgresql_where=sa.text("status = 'failed'"),
    )

    with op.batch_alter_table("execution_logs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("position", sa.String(length=80), server_default="", nullable=False))

    with op.batch_alter_table("approval_mails", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sending_since", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("may_be_double", sa.Boolean(), server_default=sa.false(), nullable=False)
        )


def downgrade() -> None:

    with op.batch_alter_table("approval_mails", schema=None) as batch_op:
        batch_op.drop_column("may_be_double")
        batch_op.drop_column("sending_since")

    with op.batch_alter_table("execution_logs", schema=None) as batch_op:
        batch_op.drop_column("position")

    op.drop_index(op.f("ix_executions_failed"), table_name="executions")
    with op.batch_alter_table("executions", schema=None) as batch_op:
        batch_op.drop_column("error_step")

    op.drop_table("failed_steps")
    op.drop_table("ignored_runs")
