"""Keeps the lease, and does the leader's duties while it holds it."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from engine.db import Database, UnitOfWork
from engine.domain.errors import LeaseLost
from engine.faults import point
from engine.queries.server import retention as history
from engine.services.due import dispatch, outages, overrides
from engine.services.planning import zone_rules
from engine.services.runs import brake, mails, recovery
from engine.services.server import leadership, retention
from engine.services.workflows import workflows

log = logging.getLogger(__name__)

LEASE: Final = timedelta(seconds=5)
# A round renews the lease too, in good time; between rounds a tick without anything due only reads.
SWEEP: Final = "sweep"
TIDY: Final = "tidy"
RETAIN: Final = "retain"
PLAN: Final = "plan"
EVERY: Final = {SWEEP: timedelta(seconds=2), TIDY: timedelta(minutes=1), RETAIN: timedelta(minutes=1),
                PLAN: timedelta(minutes=1)}
_IN_A_TICK: Final = (SWEEP, TIDY)
LONGEST_REST: Final = timedelta(seconds=1)


class Leader:
    """One candidate. `tick` is called at least once a second, by one thread."""

    def __init__(self, database: Database, owner: str, lease: timedelta = LEASE) -> None:
        self._database, self._owner, self._lease = database, owner, lease
        self._term: int | None = None
        self._last_tick: datetime | None = None
        self._done_at: dict[str, datetime] = {}
        self._plan = history.Plan()

    @property
    def leads(self) -> bool:
        return self._term is not None

    def tick(self, now: Callable[[], datetime]) -> datetime:
        """Do what is due and return when to tick again, at most a second from now.

        When anything goes wrong the lease is let go: it is better that nobody leads for a moment
        than that two do.
        """
        try:
            if self._term is None and self._is_free(now()):
                self._term = self._database.run(lambda uow: self._acquire(uow, now()))
            if self._term is None:
                return now() + LONGEST_REST
            return self._lead(self._term, now)
        except LeaseLost:
            log.warning("%s lost the lease", self._owner)
            self._term = None
            return now()
        except BaseException:
            self._term = None
            raise

    def resign(self, at: datetime) -> None:
        """Give the lease up on the way out."""
        if (term := self._term) is not None:
            self._term = None
            self._database.run(lambda uow: leadership.release(uow, self._owner, term, at))

    def _is_free(self, at: datetime) -> bool:
        with self._database.reading() as connection:
            return leadership.is_free(UnitOfWork(connection), at)

    def _acquire(self, uow: UnitOfWork, at: datetime) -> int | None:
        self._last_tick = leadership.last_tick(uow)
        self._done_at.clear()
        self._plan = history.Plan()
        term = leadership.acquire(uow, self._owner, self._lease, at)
        if term is not None:
            zone_rules.follow(uow, at)
        return term

    def _lead(self, term: int, now: Callable[[], datetime]) -> datetime:
        at, due_at = now(), self._due_at()
        if any(self._is_time(duty, at) for duty in _IN_A_TICK) or (due_at is not None and due_at <= at):
            self._work(term, now)
            at, due_at = now(), self._due_at()
        if self._is_time(RETAIN, at):
            self._retain(term, at)
        self._last_tick = at
        return at + LONGEST_REST if due_at is None else min(at + LONGEST_REST, due_at)

    def _due_at(self) -> datetime | None:
        """Return when the earliest run is due or wants to go on; this only reads."""
        with self._database.reading() as connection:
            uow = UnitOfWork(connection)
            moments = [dispatch.next_due(uow), recovery.next_wake(uow)]
        return min((moment for moment in moments if moment is not None), default=None)

    def _work(self, term: int, now: Callable[[], datetime]) -> None:
        due = dispatch.BATCH
        while due == dispatch.BATCH:
            at = now()
            due = self._database.run(lambda uow: self._duties(uow, term, at))  # noqa: B023 - runs at once
            self._last_tick = at
        self._done_at.update({duty: at for duty in _IN_A_TICK if self._is_time(duty, at)})

    def _duties(self, uow: UnitOfWork, term: int, at: datetime) -> int:
        """Everything a tick does, in one transaction with the proof that this leader still leads."""
        leadership.confirm(uow, self._owner, term, self._lease, at)
        outages.notice(uow, self._last_tick, at)
        due = dispatch.dispatch(uow, at)
        recovery.wake(uow, at)
        if due < dispatch.BATCH and self._is_time(SWEEP, at):
            workflows.resume_due(uow, at)
            brake.release_due(uow, at)
            overrides.settle(uow, at)
            recovery.sweep(uow, at)
            mails.ring_due(uow, at)
        if due < dispatch.BATCH and self._is_time(TIDY, at):
            recovery.tidy(uow, at)
        if due:
            point("before_commit")
        return due

    def _retain(self, term: int, at: datetime) -> None:
        """Keep history within its rule, a little at a time and apart from what is due."""
        if not self._plan or self._is_time(PLAN, at):
            with self._database.reading() as connection:
                self._plan = history.plan(connection, at)
            self._done_at[PLAN] = at
        if self._plan:
            self._plan = self._database.run(lambda uow: self._carry_out(uow, term, at))
        # The rest waits a second, so that it makes no tick late.
        self._done_at[RETAIN] = at - EVERY[RETAIN] + LONGEST_REST if self._plan else at

    def _carry_out(self, uow: UnitOfWork, term: int, at: datetime) -> history.Plan:
        leadership.confirm(uow, self._owner, term, self._lease, at)
        return retention.carry_out(uow, self._plan, at)

    def _is_time(self, duty: str, at: datetime) -> bool:
        last = self._done_at.get(duty)
        return last is None or not last <= at < last + EVERY[duty]
