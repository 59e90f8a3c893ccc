"""The one place that puts the parts together. Building connects to nothing."""

import gc
import os
import secrets
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy.exc import DBAPIError

from engine import clock, faults, queue, tasks
from engine.bus import Bus
from engine.config import Settings
from engine.db import Database
from engine.domain.events import News, Ring
from engine.postman import Postman
from engine.queries.runs import leases
from engine.queries.server import scripts
from engine.queue import Doorbell
from engine.runner import House, Means, Plans, Runner, Threads
from engine.steps import registry
from engine.steps._base import NetworkPolicy
from engine.writer import GroupWriter


@dataclass(frozen=True)
class Parts:
    """What every process has: settings, the truth, the doorbells and the hints."""

    settings: Settings
    database: Database
    dispatch: Doorbell
    execution: Doorbell
    bus: Bus


@dataclass(frozen=True)
class WorkerParts:
    """What a worker process has besides."""

    runner: Runner
    house: House
    means: Means
    writer: GroupWriter


def build(settings: Settings) -> Parts:
    """Make the parts of a process; news of its commits ring the doorbells and reach the pages."""
    faults.arm(settings.fault, settings.home)
    parts = Parts(
        settings=settings,
        database=Database(settings.database_url, settings.synchronous),
        dispatch=queue.make_queue(queue.DISPATCH, settings.redis_url),
        execution=queue.make_queue(queue.EXECUTION, settings.redis_url),
        bus=Bus(settings.redis_url),
    )

    def ring(news: News) -> None:
        if news.rings:
            faults.point("before_ring")
            parts.execution.ring(tasks.ADVANCE, news.rings)
            faults.point("after_ring")
        if news.admits:
            parts.dispatch.ring(tasks.ADMIT, {Ring(workflow_id, workflow_id) for workflow_id in news.admits})
        if news.mails:
            parts.dispatch.ring(tasks.MAIL, {Ring(mail_id, tasks.MAIL) for mail_id in news.mails})

    def hint(news: News) -> None:
        if news.changes:
            parts.bus.publish(change.workflow_id for change in news.changes)

    parts.database.listen(ring)
    parts.database.listen(hint)
    return parts


def build_worker(parts: Parts, owner: str) -> WorkerParts:
    """Add what a worker needs, and give the dispatch queue its task."""
    writer = GroupWriter(parts.database, is_alone=lambda: house.is_alone)
    threads = Threads(parts.settings.worker_threads)
    means = Means(
        write=writer.write, plans=Plans(parts.database, registry()), in_thread=threads.run, owner=owner,
        lease=parts.settings.lease, now=clock.now, timezone=parts.settings.timezone,
        network=network(parts.settings), max_payload=parts.settings.max_payload,
        may_run_scripts=lambda: may_run_scripts(parts.database),
        is_held=lambda execution_id, epoch: is_held(parts.database, execution_id, epoch),
    )
    runner = Runner(means, parts.database)
    house = House(runner, threads, parts.execution)
    tasks.register_dispatch(parts.dispatch, parts.database, Postman(
        parts.database, parts.settings.mail_server, base_url=parts.settings.base_url,
        timezone=parts.settings.timezone, key=parts.settings.secret_key, now=clock.now,
    ))
    return WorkerParts(runner, house, means, writer)


def may_run_scripts(database: Database) -> bool:
    """Ask what an administrator says at this moment."""
    with database.reading() as connection:
        return scripts.are_allowed(connection)


def is_held(database: Database, execution_id: str, epoch: int) -> bool:
    """Ask whether a run still belongs to its worker; no answer says nothing against it."""
    try:
        with database.reading() as connection:
            return leases.is_held(connection, execution_id, epoch)
    except DBAPIError:
        return True


def network(settings: Settings) -> NetworkPolicy:
    """Where steps may go besides the open internet: what the administrator allows, and the app itself."""
    own = f"{urlsplit(settings.base_url).hostname}:{settings.port}"
    return NetworkPolicy((own, *settings.allow_hosts))


def process_name() -> str:
    """Return a name for this process that no other ever has."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"


def settle() -> None:
    """Take what was made on the way up out of the collector's sight: it stays, and going through it takes
    longer than most pages and holds up runs."""
    gc.collect()
    gc.freeze()
