"""Add what the pages of runs need"""

from alembic import op
import sqlalchemy as sa

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:

    with op.batch_alter_table("execution_logs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("position", sa.String(length=80), server_default="", nullable=False))


def downgrade() -> None:

    with op.batch_alter_table("execution_logs", schema=None) as batch_op:
        batch_op.drop_column("position")
