"""Index only the runs concerned"""

from alembic import op
import sqlalchemy as sa

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_LIVE = "status IN ('pending', 'running', 'waiting')"


def upgrade() -> None:
    op.drop_index("ix_executions_retry_of", "executions")
    op.drop_index("ix_executions_live_trigger_id", "executions")
    with op.batch_alter_table("executions", schema=None) as batch_op:
        batch_op.drop_constraint("uq_executions_workflow_id_idempotency_key", type_="unique")
    _index("uq_executions_workflow_id_idempotency_key", ["workflow_id", "idempotency_key"],
           "idempotency_key IS NOT NULL", unique=True)
    _index("ix_executions_retry_of", ["retry_of"], "retry_of IS NOT NULL")
    _index("ix_executions_live_trigger_id", ["trigger_id"], f"{_LIVE} AND trigger_id IS NOT NULL")


def downgrade() -> None:
    op.drop_index("ix_executions_live_trigger_id", "executions")
    op.drop_index("ix_executions_retry_of", "executions")
    op.drop_index("uq_executions_workflow_id_idempotency_key", "executions")
    with op.batch_alter_table("executions", schema=None) as batch_op:
        batch_op.create_unique_constraint(
            "uq_executions_workflow_id_idempotency_key", ["workflow_id", "idempotency_key"]
        )
    op.create_index("ix_executions_retry_of", "executions", ["retry_of"])
    _index("ix_executions_live_trigger_id", ["trigger_id"], _LIVE)


def _index(name: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    """Index the rows of `executions` that meet `where`."""
    met = sa.text(where)
    op.create_index(name, "executions", columns, unique=unique, sqlite_where=met, postgresql_where=met)
