"""Goal 12: how long the server takes for the calendar and for a preview, with 100,000 producers.

Through Flask's test client, with everything a browser's request meets but the network.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from itertools import cycle
from statistics import median, quantiles
from typing import Any

from bench import browser, places, promises, results, seeding
from engine import clock
from engine.db import Database

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
            _judge(f"{name}, {given.database}", ask, given.requests)


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
        results.keep(promises.PAGES, cuts[94], f"{what}, {name} time", median=round(median(rest), 1),
                     p99=round(cuts[98], 1), first=round(first, 1), requests=requests)
        print(f"  median {median(rest):.1f}, p99 {cuts[98]:.1f}, the very first {first:.1f} ms")


def _browser(url: str, home: str) -> tuple[Callable[[str], Any], Callable[[], Any]]:
    at, token = clock.now(), _seeded(url, clock.now())
    app = browser.open_app(url, home)
    headers, rules, other = {"Authorization": f"Bearer {token}"}, cycle(_RULES), app.test_client()

    def preview() -> Any:
        return other.post("/api/schedules/preview", headers=headers,
                          json={"schedule": next(rules), "after": at.isoformat(), "count": 5})

    return browser.sign_in(app).get, preview


def _seeded(url: str, at: datetime) -> str:
    """Fill the database; return a token of its administrator."""
    database = Database(url, synchronous="OFF")
    administrator = browser.add_administrator(database, at)
    seeding.seed(database, PRODUCERS, at, administrator.user_id)
    database.close()
    seeding.planned.cache_clear()
    return administrator.token


if __name__ == "__main__":
    main()
