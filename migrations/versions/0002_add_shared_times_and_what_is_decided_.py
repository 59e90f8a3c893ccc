"""Add shared times and what is decided about single ones"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "blackouts",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "workflow_ids",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=True,
        ),
        sa.Column("created_by", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blackouts")),
    )
    with op.batch_alter_table("blackouts", schema=None) as batch_op:
        batch_op.create_index("ix_blackouts_ends_at", ["ends_at"], unique=False)

    op.create_table(
        "calendars",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("origin", sa.String(length=12), nullable=False),
        sa.Column(
            "days",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendars")),
        sa.UniqueConstraint("name", name=op.f("uq_calendars_name")),
    )
    op.create_table(
        "outages",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handled_by", sa.String(length=36), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outages")),
    )
    with op.batch_alter_table("outages", schema=None) as batch_op:
        batch_op.create_index("ix_outages_ended_at", ["ended_at"], unique=False)

    op.create_table(
        "occurrence_overrides",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("trigger_id", sa.String(length=36), nullable=False),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(length=12), nullable=False),
        sa.Column("moved_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "inputs",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql"),
            nullable=True,
        ),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("created_by", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "action IN ('skip', 'move', 'run_early', 'inputs')", name=op.f("ck_occurrence_overrides_action")
        ),
        sa.ForeignKeyConstraint(
            ["trigger_id"],
            ["triggers.id"],
            name=op.f("fk_occurrence_overrides_trigger_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occurrence_overrides")),
        sa.UniqueConstraint(
            "trigger_id", "scheduled_at", name=op.f("uq_occurrence_overrides_trigger_id_scheduled_at")
        ),
    )
    with op.batch_alter_table("occurrence_overrides", schema=None) as batch_op:
        batch_op.create_index(
            "ix_occurrence_overrides_open",
            ["scheduled_at"],
            unique=False,
            sqlite_where=sa.text("settled_at IS NULL"),
            postgresql_where=sa.text("settled_at IS NULL"),
        )

    with op.batch_alter_table("occurrences", schema=None) as batch_op:
        batch_op.create_index(
            "ix_occurrences_asked",
            ["scheduled_at"],
            unique=False,
            sqlite_where=sa.text("reason = 'asked'"),
            postgresql_where=sa.text("reason = 'asked'"),
        )

    with op.batch_alter_table("executions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_executions_live_trigger_id",
            ["trigger_id"],
            unique=False,
            sqlite_where=sa.text("status IN ('pending', 'running', 'waiting')"),
            postgresql_where=sa.text("status IN ('pending', 'running', 'waiting')"),
        )


def downgrade() -> None:

    with op.batch_alter_table("executions", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_executions_live_trigger_id",
            sqlite_where=sa.text("status IN ('pending', 'running', 'waiting')"),
            postgresql_where=sa.text("status IN ('pending', 'running', 'waiting')"),
        )

    with op.batch_alter_table("occurrences", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_occurrences_asked",
            sqlite_where=sa.text("reason = 'asked'"),
            postgresql_where=sa.text("reason = 'asked'"),
        )

    with op.batch_alter_table("occurrence_overrides", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_occurrence_overrides_open",
            sqlite_where=sa.text("settled_at IS NULL"),
            postgresql_where=sa.text("settled_at IS NULL"),
        )

    op.drop_table("occurrence_overrides")
    with op.batch_alter_table("outages", schema=None) as batch_op:
        batch_op.drop_index("ix_outages_ended_at")

    op.drop_table("outages")
    op.drop_table("calendars")
    with op.batch_alter_table("blackouts", schema=None) as batch_op:
        batch_op.drop_index("ix_blackouts_ends_at")

    op.drop_table("blackouts")
