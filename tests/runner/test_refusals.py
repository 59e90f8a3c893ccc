"""What the other side answered to a call that failed is kept."""

from engine.domain.errors import StepFailed
from engine.services.runs import recovery
from tests.runner.conftest import Scripted
from tests.support.stories import Clock, Engine, add_live_workflow

ONE = [{"key": "one", "type": "scripted", "with": {"say": "one"}}]


def test_what_came_back_to_a_call_that_failed_is_kept_beside_the_failure_until_it_goes_well(
    engine: Engine, scripted: Scripted, clock: Clock
) -> None:
    def refused(*_: object) -> None:
        raise StepFailed("Not now", error_class="transient", code="http.5xx",
                         detail={"sent": True, "status": 503, "location": "", "answer": "Come back later"})

    scripted.act = refused
    run = engine.run(add_live_workflow(engine.database, clock.at, ONE))
    assert engine.step_rows(run.id)["one"].output == {"status": 503, "answer": "Come back later"}

    scripted.act = lambda context, settings: "fine now"
    clock.pass_time(seconds=2)
    engine.do(lambda uow: recovery.wake(uow, clock.at))
    engine.advance(run.id)
    assert engine.step_rows(run.id)["one"].output == "fine now"
