"""Carillon with work to do, and whether it was done."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from typing import Any
from uuid import uuid4

import httpx2

from tests.faults import invariants
from tests.faults.page import LivePage
from tests.support.app_under_test import App
from tests.support.sink import Sink
from tests.support.waiting import wait_until

LONGEST = 90
# What has been tidied away could not be judged any more.
MOST_KEPT = 1_000_000
_LIVE = "SELECT id FROM executions WHERE status NOT IN ('completed', 'failed', 'cancelled')"


class Scene:
    """Starts work through the API and judges by the database and by what the sink wrote down."""

    def __init__(self, app: App, sink: Sink) -> None:
        self.app, self.sink = app, sink
        self.acknowledged: list[str] = []
        self.page: LivePage | None = None

    @cached_property
    def client(self) -> httpx2.Client:
        return self.app.client()

    def open_page(self) -> LivePage:
        """Open the list of runs; `check` looks at it again in the end."""
        self.page = LivePage(self.app)
        return self.page

    def calling(self, *paths: str, **options: Any) -> list[dict[str, Any]]:
        """Steps that each call one path of the sink; a query says how it answers."""
        return [
            {"key": path.split("?")[0], "type": "http_request",
             "with": {"url": f"{self.sink.url}/{path}", "method": "POST"}, **options}
            for path in paths
        ]

    def add_workflow(
        self, steps: Sequence[Mapping[str, Any]], starts: Sequence[Mapping[str, Any]] = (),
        name: str = "Under test", **limits: int,
    ) -> str:
        """Add a workflow and turn it on; return its id."""
        document = {"name": name, "starts": list(starts), "steps": list(steps), "limits": limits,
                    "retention": {"runs": MOST_KEPT}}
        added = self.client.post("/api/workflows", json=document)
        assert added.status_code == 201, added.text
        workflow_id: str = added.json()["id"]
        self.switch(workflow_id, "on")
        return workflow_id

    def switch(self, workflow_id: str, state: str) -> None:
        switched = self.client.patch(f"/api/workflows/{workflow_id}", json={"state": state})
        assert switched.status_code == 200, switched.text

    def execute(self, workflow_id: str, key: str | None = None) -> str:
        """Start a run, which has to be taken at once."""
        started = self.ask_to_execute(workflow_id, key)
        assert started.status_code == 202, started.text
        return self._noted(started)

    def insist(self, workflow_id: str, key: str | None = None) -> str:
        """Start a run as a careful caller does: ask with the same key until there is an answer."""
        key = key or uuid4().hex

        def ask() -> str | None:
            try:
                answer = self.ask_to_execute(workflow_id, key)
            except httpx2.HTTPError:
                return None
            assert answer.status_code in (202, 503), answer.text
            return self._noted(answer) if answer.status_code == 202 else None

        return wait_until(ask, LONGEST) or ""

    def ask_to_execute(self, workflow_id: str, key: str | None = None) -> httpx2.Response:
        headers = {"Idempotency-Key": key} if key else {}
        return self.client.post(f"/api/workflows/{workflow_id}/execute", json={"input": {}}, headers=headers)

    def _noted(self, answer: httpx2.Response) -> str:
        self.acknowledged.append(str(answer.json()["executionId"]))
        return self.acknowledged[-1]

    def run(self, execution_id: str) -> Any:
        (row,) = self.app.rows("SELECT * FROM executions WHERE id = :id", id=execution_id)
        return row

    def wait_for(self, execution_id: str, status: str = "completed", seconds: float = LONGEST) -> Any:
        wait_until(lambda: self.run(execution_id).status == status, seconds,
                   lambda: f"{self.run(execution_id)}\n{self.app.printed()[-3000:]}")
        return self.run(execution_id)

    def switch_off(self, workflow_id: str) -> None:
        wait_until(self.app.is_healthy, LONGEST)
        invariants.schedules_go_on(self.app)
        self.switch(workflow_id, "off")

    def occurrences(self) -> list[Any]:
        return self.app.rows("SELECT trigger_id, scheduled_at, outcome, execution_id FROM occurrences "
                             "ORDER BY trigger_id, scheduled_at")

    def check(self, every: timedelta | None = None, seconds: float = LONGEST) -> None:
        """Wait until all is quiet, then hold the invariants against the database and the sink's own record.

        `every` is the interval of the scene's schedules: no slot between the first and the last may lack.
        """
        wait_until(lambda: not self.app.rows(_LIVE), seconds, lambda: f"{self.app.rows(_LIVE)[:9]}")
        calls = self.sink.calls()
        invariants.slots_have_one_record(self.app, every)
        invariants.every_run_ended(self.app)
        invariants.calls_match_the_record(self.app, calls)
        invariants.finished_steps_stay_finished(self.app, calls)
        invariants.schedules_go_on(self.app)
        wait_until(self.app.is_healthy, LONGEST, self.app.printed)
        invariants.page_is_true((self.page or self.open_page()).is_true)
        invariants.database_is_whole(self.app)
        invariants.no_start_is_lost(self.app, self.acknowledged)

    def tally(self) -> dict[str, int]:
        """What the report says of it."""
        (counted,) = self.app.rows("SELECT count(*) AS runs FROM executions")
        return {"runs": counted.runs, "lost": len(invariants.lost(self.app, self.acknowledged)),
                "doubled": invariants.doubled(self.app)}
