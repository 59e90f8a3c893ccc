"""What a due time does while the previous run is still going: skip, wait, run beside it, replace it."""

import pytest

from engine.services.runs import executions, overlaps, recovery
from tests.services.conftest import add_schedule, ledger_of
from tests.services.test_dispatch import outcomes, tick
from tests.support.stories import Engine

EVERY_MINUTE = {"interval": "1m"}


def minutely(engine: Engine, workflow_id: str, overlap: object, name: str = "orders") -> str:
    return add_schedule(engine, workflow_id, name, {**EVERY_MINUTE, "policies": {"overlap": overlap}})


def next_minute(engine: Engine) -> None:
    engine.clock.pass_time(minutes=1)
    tick(engine)


def runs(engine: Engine, trigger_id: str) -> list[tuple[str, str | None]]:
    rows = [engine.execution(row.execution_id) for row in ledger_of(engine, trigger_id) if row.execution_id]
    return [(row.status, row.reason) for row in rows]


def advance(engine: Engine, trigger_id: str, number: int) -> None:
    rows = [row for row in ledger_of(engine, trigger_id) if row.execution_id]
    engine.advance(rows[number].execution_id)


def test_skip_leaves_the_new_one_out_and_says_so(engine: Engine, workflow_id: str) -> None:
    trigger_id = minutely(engine, workflow_id, "skip")
    next_minute(engine)
    next_minute(engine)
    assert outcomes(engine, trigger_id) == [("started", None), ("skipped", "still_running")]
    advance(engine, trigger_id, 0)
    next_minute(engine)
    assert outcomes(engine, trigger_id)[-1] == ("started", None)


def test_allow_runs_both(engine: Engine, workflow_id: str) -> None:
    trigger_id = minutely(engine, workflow_id, "allow")
    next_minute(engine)
    next_minute(engine)
    assert runs(engine, trigger_id) == [("pending", None), ("pending", None)]


def test_queue_lets_the_new_one_wait_until_the_previous_has_ended(engine: Engine, workflow_id: str) -> None:
    trigger_id = minutely(engine, workflow_id, {"rule": "queue", "limit": 2})
    for _ in range(4):
        next_minute(engine)
    assert runs(engine, trigger_id) == [("pending", None), ("pending", "overlap"), ("pending", "overlap")]
    assert outcomes(engine, trigger_id)[-1] == ("skipped", "queue_full")
    rung: list[str] = []
    engine.database.listen(lambda news: rung.extend(ring.subject for ring in news.rings))
    advance(engine, trigger_id, 0)
    assert runs(engine, trigger_id) == [("completed", None), ("pending", None), ("pending", "overlap")]
    assert rung == [ledger_of(engine, trigger_id)[1].execution_id]


def test_a_run_in_line_does_not_start_by_a_stray_ring(engine: Engine, workflow_id: str) -> None:
    trigger_id = minutely(engine, workflow_id, "queue")
    next_minute(engine)
    next_minute(engine)
    advance(engine, trigger_id, 1)
    assert runs(engine, trigger_id) == [("pending", None), ("pending", "overlap")]


def test_the_next_in_line_goes_on_when_the_previous_is_stopped(engine: Engine, workflow_id: str) -> None:
    trigger_id = minutely(engine, workflow_id, "queue")
    next_minute(engine)
    next_minute(engine)
    first = ledger_of(engine, trigger_id)[0].execution_id
    engine.do(lambda uow: executions.cancel(uow, first, by="Ann", at=engine.clock.at))
    assert runs(engine, trigger_id) == [("cancelled", "stopped_by:Ann"), ("pending", None)]


def test_the_sweep_frees_a_line_nobody_freed(
    engine: Engine, workflow_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    trigger_id = minutely(engine, workflow_id, "queue")
    next_minute(engine)
    next_minute(engine)
    with monkeypatch.context() as patched:
        patched.setattr(overlaps, "admit_next", lambda *_: False)
        advance(engine, trigger_id, 0)
    assert runs(engine, trigger_id)[1] == ("pending", "overlap")
    engine.do(lambda uow: recovery.sweep(uow, engine.clock.at))
    assert runs(engine, trigger_id)[1] == ("pending", None)


def test_replace_stops_the_old_one_and_starts_the_new(engine: Engine, workflow_id: str) -> None:
    trigger_id = minutely(engine, workflow_id, "replace")
    next_minute(engine)
    next_minute(engine)
    assert runs(engine, trigger_id) == [("cancelled", "stopped_by:its next run"), ("pending", None)]
    assert outcomes(engine, trigger_id) == [("started", None), ("started", None)]


@pytest.mark.parametrize(("overlap", "expected"), [
    ("skip", [("started", None)] * 3),
    ("queue", [("started", None)] * 3),
    ("replace", [("skipped", "replaced"), ("skipped", "replaced"), ("started", None)]),
])
def test_times_picked_up_late_together_never_run_side_by_side(
    engine: Engine, workflow_id: str, overlap: str, expected: list[tuple[str, str | None]]
) -> None:
    rule = {"interval": "10s", "policies": {"overlap": overlap}}
    trigger_id = add_schedule(engine, workflow_id, "orders", rule)
    engine.clock.pass_time(seconds=30)
    tick(engine)
    assert outcomes(engine, trigger_id) == expected


def test_times_picked_up_late_together_wait_for_each_other(engine: Engine, workflow_id: str) -> None:
    trigger_id = add_schedule(engine, workflow_id, "orders", {"interval": "10s"})
    engine.clock.pass_time(seconds=30)
    tick(engine)
    assert runs(engine, trigger_id) == [("pending", None), ("pending", "overlap"), ("pending", "overlap")]


def test_the_run_of_another_start_is_nobodys_previous_run(engine: Engine, workflow_id: str) -> None:
    orders, bank = minutely(engine, workflow_id, "skip"), minutely(engine, workflow_id, "skip", "bank")
    next_minute(engine)
    assert outcomes(engine, orders) == outcomes(engine, bank) == [("started", None)]
