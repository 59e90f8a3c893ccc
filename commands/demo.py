"""`demo` adds three example workflows, switched on: one that works, one that ends early, one that fails."""

import argparse
from typing import Any, Final

from commands import owners
from engine import clock
from engine.config import Settings
from engine.db import Database, UnitOfWork
from engine.domain.workflows.definitions import parse_document
from engine.services.workflows import documents, workflows
from engine.steps import registry

_CHECK: Final = {"key": "page", "name": "Get the page", "type": "http_request"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--owner", metavar="EMAIL",
                        help="whose workflows they will be (default: the administrator)")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    database = Database(settings.database_url, settings.synchronous)
    names = database.run(lambda uow: _add(uow, arguments.owner, settings))
    database.close()
    print(f"Added {', '.join(names)}. See them at {settings.base_url}/workflows.")
    return 0


def _add(uow: UnitOfWork, email: str | None, settings: Settings) -> list[str]:
    at, owner = clock.now(), owners.find(uow.connection, email)
    examples = _examples(settings.base_url)
    for written in examples:
        document = parse_document(written, registry(), at=at, timezone=owner.timezone)
        workflow_id = documents.create(uow, document, owner_id=owner.id, at=at)
        workflows.switch(uow, workflow_id, "on", by=owner.id, at=at)
    return [written["name"] for written in examples]


def _examples(base_url: str) -> list[dict[str, Any]]:
    """Documents that need no internet: they call this installation's own pages."""
    found = {**_CHECK, "with": {"url": f"{base_url}/demo/ok"}}
    lost = {**_CHECK, "with": {"url": f"{base_url}/demo/nothing-here"}}
    only_if = {"key": "fine", "name": "Only continue if it is not", "type": "only_if",
               "with": {"left": "{{ steps.page.data.ok }}", "is": "is", "right": False}}
    note = {"key": "note", "name": "Write a note", "type": "write_log",
            "with": {"message": "The page said: {{ steps.page.data.message }}"}}
    return [
        _example("Check a web page", {"interval": "1m"}, [found, note]),
        _example("Tell me when the page is down", {"say": "every weekday at 9am"}, [found, only_if, note]),
        _example("Ask for a page that is not there", {"interval": "5m"}, [lost]),
    ]


def _example(name: str, schedule: dict[str, Any], steps: list[dict[str, Any]]) -> dict[str, Any]:
    return {"name": name, "starts": [{"name": "on time", "kind": "schedule", "schedule": schedule}],
            "steps": steps}
