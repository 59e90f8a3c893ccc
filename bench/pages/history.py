"""P10: the page of runs half-way down a history of 1,000,000, against its first page.

Through Flask's test client, with everything a browser's request meets but the network. The deep page is
asked for by the address its button “Show older runs” has. Requests take turns.
"""

import argparse
import time
from contextlib import ExitStack
from datetime import datetime, timedelta
from urllib.parse import quote

from flask.testing import FlaskClient
from sqlalchemy import Table, insert, select

from bench import browser, places, promises, results, seeding
from engine import clock
from engine.db import Database
from engine.domain.ids import new_id
from engine.models import Base, Execution, Workflow

RUNS, WORKFLOWS = 1_000_000, 100
_CHUNK = 20_000
_APART = timedelta(seconds=2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=places.KINDS, default="sqlite")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--requests", type=int, default=100)
    given = parser.parse_args()
    with ExitStack() as stack:
        url = stack.enter_context(places.database_url(given.database))
        home = stack.enter_context(places.folder())
        middle = seeded(url, given.runs, clock.now())
        client = browser.sign_in(browser.open_app(url, str(home)))
        compare(client, f"/monitoring?after={quote(middle)}", given)


def compare(client: FlaskClient, deep: str, given: argparse.Namespace) -> None:
    addresses = ("/monitoring", deep)
    taken: dict[str, list[float]] = {address: [] for address in addresses}
    for address in addresses:
        ask(client, address)
    for number in range(given.requests):
        for address in addresses[:: (-1) ** number]:
            taken[address].append(ask(client, address))
    first, later = (taken[address] for address in addresses)
    results.keep(promises.HISTORY, results.ratio(later, first), given.database, runs=given.runs,
                 first_ms=results.spread(first), deep_ms=results.spread(later))
    print(f"  ms: first {results.spread(first)}, deep {results.spread(later)}")


def ask(client: FlaskClient, address: str) -> float:
    """How many milliseconds the page took."""
    began = time.perf_counter()
    answer = client.get(address)
    taken = (time.perf_counter() - began) * 1000
    assert answer.status_code == 200 and answer.text.count('id="run-0') == 50, answer.text
    return taken


def seeded(url: str, runs: int, at: datetime) -> str:
    """Fill an empty database with runs that have ended; return the place of the one in the middle."""
    database = Database(url, synchronous="OFF")
    owner_id = browser.add_administrator(database, at).user_id
    seeding.seed(database, WORKFLOWS * seeding.STARTS_PER_WORKFLOW, at, owner_id)
    with database.reading() as connection:
        owners = [tuple(row) for row in connection.execute(select(Workflow.id, Workflow.live_version_id))]
    table: Table = Base.metadata.tables[Execution.__tablename__]
    middle = ""
    for first in range(0, runs, _CHUNK):
        numbers = range(first, min(first + _CHUNK, runs))
        rows = [_run(owners[number % len(owners)], at - _APART * (runs - number)) for number in numbers]
        with database.transaction() as uow:
            uow.execute(insert(table), rows)
        if runs // 2 in numbers:
            row = rows[runs // 2 - first]
            middle = f"{row['queued_at'].isoformat()},{row['id']}"
    with database.writer.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    database.close()
    return middle


def _run(owner: tuple[str, str], at: datetime) -> dict[str, object]:
    return {
        "id": new_id(at), "workflow_id": owner[0], "version_id": owner[1], "started_by": "schedule",
        "status": "completed", "input": {}, "output": {"message": "done"}, "queued_at": at, "started_at": at,
        "completed_at": at + timedelta(milliseconds=40), "duration_ms": 40, "retry_count": 0,
        "crash_count": 0, "lease_epoch": 1,
    }


if __name__ == "__main__":
    main()
