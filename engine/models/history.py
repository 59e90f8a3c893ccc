"""Counters beside the history, so that no page ever has to count it."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from engine.models.base import Base, Id, UtcDateTime


class Statistic(Base):
    """How many runs of a workflow ended like this, or took this long; see `domain.statistics`.

    Several writers may each have a `slot` of their own, so that they never wait for each other.
    """

    __tablename__ = "statistics"
    __table_args__ = ({"sqlite_with_rowid": False},)

    workflow_id: Mapped[str] = mapped_column(
        Id, ForeignKey("workflows.id", ondelete="CASCADE"), primary_key=True
    )
    at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    measure: Mapped[str] = mapped_column(String(12), primary_key=True)
    bucket: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    runs: Mapped[int] = mapped_column(BigInteger)
    total_ms: Mapped[int] = mapped_column(BigInteger)


class FailedStep(Base):
    """How many runs of a workflow failed with this step, by UTC day. A `slot` is as in `Statistic`."""

    __tablename__ = "failed_steps"
    __table_args__ = ({"sqlite_with_rowid": False},)

    workflow_id: Mapped[str] = mapped_column(
        Id, ForeignKey("workflows.id", ondelete="CASCADE"), primary_key=True
    )
    at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    step_key: Mapped[str] = mapped_column(String(40), primary_key=True)
    slot: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    runs: Mapped[int] = mapped_column(BigInteger)


class StoredDay(Base):
    """What is kept of the ended runs that were queued on one day (UTC): failed ones, or all others.

    `full` of them still have their data.
    """

    __tablename__ = "stored_days"
    __table_args__ = ({"sqlite_with_rowid": False},)

    workflow_id: Mapped[str] = mapped_column(
        Id, ForeignKey("workflows.id", ondelete="CASCADE"), primary_key=True
    )
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    failed: Mapped[bool] = mapped_column(primary_key=True, autoincrement=False)
    runs: Mapped[int] = mapped_column(BigInteger)
    full: Mapped[int] = mapped_column(BigInteger)
    bytes: Mapped[int] = mapped_column(BigInteger)
