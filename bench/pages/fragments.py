"""P10: pieces of a page per second, against bare Flask rendering the same HTML.

The piece is the list of 50 runs htmx asks for. Bare Flask is an application with one route and nothing else,
which renders the same template from the same rows, already read. Both are called as a server calls them.
"""

import argparse
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from flask import Flask, template_rendered
from werkzeug.test import EnvironBuilder, run_wsgi_app

from bench import browser, places, promises, results
from bench.pages import history
from engine import clock

RUNS = 5_000
ADDRESS, HEADERS = "/monitoring", {"HX-Request": "true", "HX-Request-Type": "partial"}
Ask = Callable[[], str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=places.KINDS, default="sqlite")
    parser.add_argument("--requests", type=int, default=200, help="of each turn")
    parser.add_argument("--pairs", type=int, default=5)
    given = parser.parse_args()
    with ExitStack() as stack:
        url = stack.enter_context(places.database_url(given.database))
        home = stack.enter_context(places.folder())
        history.seeded(url, RUNS, clock.now())
        compare(*_both(browser.open_app(url, str(home))), given)


def compare(ours: Ask, bare: Ask, given: argparse.Namespace) -> None:
    assert ours() == bare(), "not the same HTML"
    mine, theirs = list[float](), list[float]()
    for _ in range(given.pairs):
        mine.append(rate(ours, given.requests))
        theirs.append(rate(bare, given.requests))
    results.keep(promises.FRAGMENTS, results.ratio(mine, theirs), given.database, requests=given.requests,
                 ours=results.rounded(mine), bare_flask=results.rounded(theirs))
    print(f"  requests/s: {results.rounded(mine)} against {results.rounded(theirs)}")


def rate(ask: Ask, requests: int) -> float:
    began = time.perf_counter()
    for _ in range(requests):
        ask()
    return requests / (time.perf_counter() - began)


def _both(app: Flask) -> tuple[Ask, Ask]:
    """Our application and a bare one; what ours gives its template, the other one has from the start."""
    client = browser.sign_in(app)
    cookies = "; ".join(f"{name}={value}" for name, value in _cookies(client))
    ours = _asking(app, cookies)
    rendered: list[tuple[Any, dict[str, Any]]] = []

    def remember(_app: Flask, template: Any, context: dict[str, Any], **_: Any) -> None:
        rendered.append((template, context))

    with template_rendered.connected_to(remember, app):
        ours()
    template, context = rendered[-1]
    bare = Flask("bare")
    bare.add_url_rule(ADDRESS, "list", lambda: template.render(context))
    return ours, _asking(bare, cookies)


def _asking(app: Flask, cookies: str) -> Ask:
    builder = EnvironBuilder(ADDRESS, headers={**HEADERS, "Cookie": cookies})
    environ = builder.get_environ()

    def ask() -> str:
        body, status, _ = run_wsgi_app(app.wsgi_app, environ.copy())
        assert status == "200 OK", status
        return b"".join(body).decode()

    return ask


def _cookies(client: Any) -> list[tuple[str, str]]:
    return [(cookie.key, cookie.value) for cookie in client._cookies.values()]


if __name__ == "__main__":
    main()
