"""Carillon with work to do, and the invariants of that work."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from tests.support.app_under_test import App
from tests.support.sink import Sink
from tests.support.waiting import wait_until

LONGEST = 90


class Scene:
    """Starts work through the API and judges by the database and by what the sink wrote down."""

    closing: Callable[[], None]

    def __init__(self, app: App, sink: Sink) -> None:
        self.app, self.sink = app, sink
        self._client: Any = None

    @property
    def client(self) -> Any:
        self._client = self._client or self.app.client()
        return self._client

    def calling(self, *paths: str) -> list[dict[str, Any]]:
        """Steps that each call one path of the sink; a query says how it answers."""
        return [
            {"key": path.split("?")[0], "type": "http_request",
             "with": {"url": f"{self.sink.url}/{path}", "method": "POST"}}
            for path in paths
        ]

    def add_workflow(
        self, steps: Sequence[Mapping[str, Any]], starts: Sequence[Mapping[str, Any]] = (),
        **limits: int,
    ) -> str:
        """Add a workflow and turn it on; return its id."""
        document = {"name": "Under test", "starts": list(starts), "steps": list(steps), "limits": limits}
        added = self.client.post("/api/workflows", json=document)
        assert added.status_code == 201, added.text
        workflow_id: str = added.json()["id"]
        switched = self.client.patch(f"/api/workflows/{workflow_id}", json={"state": "on"})
        assert switched.status_code == 200, switched.text
        return workflow_id

    def execute(self, workflow_id: str) -> str:
        started = self.client.post(f"/api/workflows/{workflow_id}/execute", json={"input": {}})
        assert started.status_code == 202, started.text
        return str(started.json()["executionId"])

    def status(self, execution_id: str) -> str:
        (row,) = self.app.rows("SELECT status FROM executions WHERE id = :id", id=execution_id)
        return str(row.status)

    def wait_for(self, execution_id: str, status: str = "completed") -> None:
        wait_until(lambda: self.status(execution_id) == status, LONGEST)

    def switch_off(self, workflow_id: str) -> None:
        wait_until(self.app.is_healthy, LONGEST)
        self.client.patch(f"/api/workflows/{workflow_id}", json={"state": "off"})

    def wait_until_quiet(self) -> None:
        """Wait until every run has ended."""
        live = "SELECT id FROM executions WHERE status NOT IN ('completed', 'failed', 'cancelled')"
        wait_until(lambda: not self.app.rows(live), LONGEST)

    def occurrences(self) -> list[Any]:
        return self.app.rows(
            "SELECT o.trigger_id, o.scheduled_at, o.outcome, o.execution_id FROM occurrences o "
            "ORDER BY o.trigger_id, o.scheduled_at"
        )

    def check(self, every: timedelta | None = None) -> None:
        """Hold the invariants of the fault list against the database and the sink's own record.

        `every` is the interval of the scene's schedules: no slot between the first and the last may lack.
        """
        self._each_slot_has_one_run(every)
        self._no_step_ran_more_often_than_recorded()

    def _each_slot_has_one_run(self, every: timedelta | None) -> None:
        rows = self.occurrences()
        slots = Counter((row.trigger_id, row.scheduled_at) for row in rows)
        assert set(slots.values()) <= {1}
        runs = self.app.rows("SELECT occurrence_id, count(*) AS n FROM executions "
                             "WHERE occurrence_id IS NOT NULL GROUP BY occurrence_id")
        assert {row.n for row in runs} <= {1}
        assert len(runs) == sum(row.outcome == "started" for row in rows)
        if every is not None:
            for trigger_id in {row.trigger_id for row in rows}:
                moments = sorted(_moment(row.scheduled_at) for row in rows if row.trigger_id == trigger_id)
                gaps = {later - earlier for earlier, later in zip(moments, moments[1:], strict=False)}
                assert gaps <= {every}, gaps

    def _no_step_ran_more_often_than_recorded(self) -> None:
        calls = Counter(call["key"] for call in self.sink.calls())
        rows = self.app.rows("SELECT execution_id, step_key, status, attempt FROM execution_steps "
                             "WHERE type = 'http_request'")
        recorded = {f"{row.execution_id}:{row.step_key}:": row for row in rows}
        for key, row in recorded.items():
            assert calls[key] <= row.attempt, (key, calls[key], row)
            if row.status == "completed":
                assert calls[key] >= 1, key
        assert calls.keys() <= recorded.keys()


def _moment(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
