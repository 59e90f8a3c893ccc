"""Goal 12: how long the server takes for the calendar and for a preview, with 100,000 producers.

Through Flask's test client, with everything a browser's request meets but the network.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from itertools import cycle
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from argon2 import PasswordHasher

from app import create_app
from bench import places, results, seeding
from commands import web
from engine import clock, config
from engine.db import Database
from engine.services import users

PRODUCERS = 100_000
REQUESTS = 200
_RULES = (
    {"cron": "*/5 9-17 * * 1-5"}, {"say": "every weekday at 9am"}, {"interval": "1m"},
    {"monthly": {"working_day": "last", "times": ["18:00"]}},
    {"daily": {"times": ["06:00", "18:00"]},
     "holidays": {"calendars": ["country:DE"], "rule": "next"}, "jitter": "15m"},
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=places.KINDS, default="sqlite")
    parser.add_argument("--requests", type=int, default=REQUESTS)
    given = parser.parse_args()
    with ExitStack() as stack:
        url = stack.enter_context(places.database_url(given.database))
        home = stack.enter_context(tempfile.TemporaryDirectory(prefix="carillon-bench-"))
        get, preview = _browser(url, home)
        for name, ask in (("calendar month", lambda: get("/calendar?view=month")),
                          ("calendar day", lambda: get("/calendar?view=day")),
                          ("schedule preview", preview)):
            _judge(f"{name} with {PRODUCERS:,} producers on {given.database}", ask, given.requests)


def _judge(what: str, ask: Callable[[], Any], requests: int) -> None:
    wall, cpu = list[float](), list[float]()
    for _ in range(requests + 1):
        before = time.perf_counter(), time.process_time()
        answer = ask()
        wall.append((time.perf_counter() - before[0]) * 1000)
        cpu.append((time.process_time() - before[1]) * 1000)
        assert answer.status_code == 200, answer.text
    for name, (first, *rest) in (("wall", wall), ("CPU", cpu)):
        cuts = quantiles(rest, n=100)
        results.keep(f"goal 12 {what}, p95 in ms ({name} time)", 50, cuts[94], median=round(median(rest), 1),
                     p99=round(cuts[98], 1), first=round(first, 1), requests=requests)
        print(f"  median {median(rest):.1f}, p99 {cuts[98]:.1f}, the very first {first:.1f} ms")


def _browser(url: str, home: str) -> tuple[Callable[[str], Any], Callable[[], Any]]:
    at, token = clock.now(), _seeded(url, clock.now())
    environ = {"CARILLON_HOME": home, "DATABASE_URL": url, "CARILLON_TZ": "Europe/Berlin"}
    app = create_app(replace(config.load(environ), redis_url=f"unix://{Path(home)}/no-redis.sock"))
    web.settle()
    client, headers, rules = app.test_client(), {"Authorization": f"Bearer {token}"}, cycle(_RULES)
    page = client.get("/login").text
    marker = 'name="csrf_token" value="'
    csrf = page[page.index(marker) + len(marker):].partition('"')[0]
    client.post("/login", data={"email": "ann@example.org", "password": _PASSWORD, "csrf_token": csrf})
    other = app.test_client()

    def preview() -> Any:
        return other.post("/api/schedules/preview", headers=headers,
                          json={"schedule": next(rules), "after": at.isoformat(), "count": 5})

    return client.get, preview


_PASSWORD = "correct horse battery"


def _seeded(url: str, at: datetime) -> str:
    """Fill the database; return a token of its administrator."""
    database = Database(url, synchronous="OFF")
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with database.transaction() as uow:
        owner_id = users.create_admin(uow, email="ann@example.org", name="Ann", password=_PASSWORD,
                                      timezone="Europe/Berlin", at=at, hasher=hasher)
        _, token = users.create_token(uow, user_id=owner_id, name="bench", scopes=["write"], at=at)
    seeding.seed(database, PRODUCERS, at, owner_id)
    database.close()
    seeding.planned.cache_clear()
    return token


if __name__ == "__main__":
    main()
