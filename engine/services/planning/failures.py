"""Failures in a row: counted when a scheduled run ends, and enough of them pause its start."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, select, update

from engine.db import UnitOfWork
from engine.domain.due.misfires import should_pause
from engine.domain.errors import Invalid
from engine.domain.events import WORKFLOW, Change
from engine.domain.runs.states import ACTIVE, COMPLETED, FAILED
from engine.domain.timetables.policies import Policies, read_policies
from engine.models import ProducerSchedule
from engine.services import audit
from engine.services.planning import schedules

# Built once: it runs at the end of every run of a due time.
_START_AFRESH: Final = (
    update(ProducerSchedule)
    .where(ProducerSchedule.trigger_id == bindparam("start"), ProducerSchedule.fail_count > 0)
    .values(fail_count=0)
)


def count(uow: UnitOfWork, ended: Iterable[tuple[str, str]], at: datetime) -> None:
    """Note in which order scheduled runs, each given by start and status, ended; stopped ones say nothing."""
    by_start: dict[str, list[str]] = {}
    for trigger_id, status in ended:
        by_start.setdefault(trigger_id, []).append(status)
    # In one order everywhere, so that two workers never wait for each other in a circle.
    starts = sorted(by_start.items())
    if fine := [{"start": start} for start, how in starts if COMPLETED in how and FAILED not in how]:
        uow.execute(_START_AFRESH, fine)
    for start, how in starts:
        for status in how if FAILED in how else ():
            if status == COMPLETED:
                uow.execute(_START_AFRESH, {"start": start})
            elif status == FAILED:
                _failed(uow, start, at)


def _failed(uow: UnitOfWork, trigger_id: str, at: datetime) -> None:
    mine = ProducerSchedule.trigger_id == trigger_id
    row = uow.execute(select(*ProducerSchedule.__table__.columns).where(mine).with_for_update()).one_or_none()
    if row is None:
        return
    failures = row.fail_count + 1
    uow.execute(update(ProducerSchedule).where(mine).values(fail_count=failures))
    if row.state == ACTIVE and should_pause(_policies(row.schedule_value), failures):
        _pause(uow, row, failures, at)


def _pause(uow: UnitOfWork, row: Row[Any], failures: int, at: datetime) -> None:
    times = f"{failures} failures in a row" if failures > 1 else "a failure"
    note = f"Paused after {times}. Turn this start on again when the cause is gone."
    schedules.stop(uow, row, note, at)
    audit.record(uow, None, "start.paused", "trigger", row.trigger_id, {"failures": failures}, at)
    uow.record(Change(WORKFLOW, at, row.workflow_id))


def _policies(schedule_value: dict[str, object]) -> Policies:
    try:
        return read_policies(schedule_value.get("policies"))
    except Invalid:
        return Policies()
