"""Workers are killed, starved, stopped and replaced in the middle of what they do."""

import os
import signal

from redis import Redis

from engine import queue
from tests.faults.work import Start
from tests.support.mail_sink import mail_sink
from tests.support.waiting import wait_until

LEASE = "SELECT lease_owner FROM executions WHERE id = :id"


def test_a_worker_killed_right_after_a_claim_is_followed_by_another(scene: Start) -> None:
    """Fault 10: it has the run, and has not begun."""
    broken = scene(faults=["after_claim"])
    broken.wait_for(broken.execute(broken.add_workflow(broken.calling("one", "two"))))
    broken.check()
    assert (broken.app.home / "fault-after_claim").exists()


def test_a_worker_killed_in_the_middle_of_a_step_is_followed_by_another(scene: Start) -> None:
    """Fault 10: the other side has the call and has not answered; it gets the same key again."""
    broken = scene()
    execution_id = broken.execute(broken.add_workflow(broken.calling("one", "slow?delay=2", "three")))
    wait_until(lambda: broken.sink.calls("/slow"))
    broken.app.kill("worker 1")
    broken.wait_for(execution_id)
    broken.check()
    assert [call["path"] for call in broken.sink.calls()] == ["/one", "/slow", "/slow", "/three"]
    first, second = broken.sink.calls("/slow")
    assert first["key"] == second["key"]


def test_a_step_that_may_happen_once_only_is_not_repeated(scene: Start) -> None:
    """Fault 10: the call went out, nobody knows what became of it, and it may not be made again."""
    broken = scene()
    (step,) = broken.calling("once?delay=30")
    step["with"]["safe_to_repeat"] = False
    execution_id = broken.execute(broken.add_workflow([step]))
    wait_until(lambda: broken.sink.calls("/once"))
    broken.app.kill("worker 1")
    assert broken.wait_for(execution_id, "waiting").reason == "unknown_outcome"
    assert len(broken.sink.calls("/once")) == 1
    broken.client.post(f"/api/executions/{execution_id}/cancellation")
    broken.check()


def test_a_call_whose_answer_was_not_recorded_is_made_again_with_the_same_key(scene: Start) -> None:
    """Fault 11: killed between the answer and its record."""
    broken = scene(faults=["after_effect"])
    execution_id = broken.execute(broken.add_workflow(broken.calling("one", "two")))
    broken.wait_for(execution_id)
    broken.check()
    first, second = broken.sink.calls("/one")
    assert first["key"] == second["key"]
    (step,) = broken.app.rows("SELECT attempt FROM execution_steps WHERE step_key = 'one'")
    assert step.attempt == 2


def test_a_mail_that_was_not_noted_is_sent_once_more_with_the_same_number(scene: Start) -> None:
    """Fault 11: killed between handing a mail in and its record."""
    with mail_sink() as mails:
        broken = scene(faults=["after_mail"], CARILLON_SMTP_URL=f"smtp://127.0.0.1:{mails.port}",
                       CARILLON_MAIL_FROM="carillon@example.org")
        ask = {"key": "ask", "type": "approve", "with": {"question": "Go on?", "to": ["ann@example.org"]}}
        execution_id = broken.execute(broken.add_workflow([ask]))
        wait_until((broken.app.home / "fault-after_mail").exists)
        broken.app.change("UPDATE approval_mails SET due_at = sending_since")
        wait_until(lambda: broken.app.rows("SELECT id FROM approval_mails WHERE sent_at IS NOT NULL"))
        first, second = mails.messages
        assert (first["Message-ID"], first.get_content()) == (second["Message-ID"], second.get_content())
        (mail,) = broken.app.rows("SELECT may_be_double FROM approval_mails")
        assert mail.may_be_double
        broken.client.post(f"/api/executions/{execution_id}/cancellation")
        broken.check()


def test_a_worker_killed_between_two_steps_goes_on_with_the_next(scene: Start) -> None:
    """Fault 12: the first step may be on record already; if it is, it is not run again."""
    broken = scene(faults=["after_step"])
    broken.wait_for(broken.execute(broken.add_workflow(broken.calling("one", "two"))))
    broken.check()
    assert (broken.app.home / "fault-after_step").exists()


def test_a_run_that_kills_its_worker_again_and_again_is_given_up(scene: Start) -> None:
    """Fault 13: like a step that eats all memory; neighbours go on."""
    broken = scene(faults=["before_effect"])
    mark = broken.app.home / "fault-before_effect"
    workflow_id = broken.add_workflow(broken.calling("poison"))
    execution_id = broken.execute(workflow_id)

    def given_up() -> bool:
        """Arm the point once more each time it went off, until the run is not tried any more."""
        if broken.run(execution_id).status == "failed":
            return True
        mark.unlink(missing_ok=True)
        return False

    wait_until(given_up, 60)
    mark.touch()
    run = broken.run(execution_id)
    assert (run.error_class, run.error_code, run.crash_count) == ("crashed", "app.crash", 3)
    broken.wait_for(broken.execute(workflow_id))
    broken.check()


def test_a_worker_told_to_stop_hands_on_what_it_has_not_begun(scene: Start) -> None:
    """Fault 14: SIGTERM, as with a new version; the step under way is finished."""
    _stopped(scene, signal.SIGTERM)


def test_a_worker_that_is_interrupted_hands_on_what_it_has_not_begun(scene: Start) -> None:
    """Fault 14: SIGINT, as from a terminal."""
    _stopped(scene, signal.SIGINT)


def _stopped(scene: Start, number: int) -> None:
    broken = scene(WORKERS="2")
    execution_id = broken.execute(broken.add_workflow(broken.calling("one?delay=1", "two", "three")))
    wait_until(lambda: broken.sink.calls("/one"))
    (row,) = broken.app.rows(LEASE, id=execution_id)
    os.kill(int(row.lease_owner.split("-")[-2]), number)
    broken.wait_for(execution_id)
    broken.check()
    assert [call["path"] for call in broken.sink.calls()] == ["/one", "/two", "/three"]


def test_a_run_keeps_its_version_when_its_worker_is_replaced(scene: Start) -> None:
    """Fault 15: while it runs, another version goes live and the worker is started anew."""
    shared = scene()
    workflow_id = shared.add_workflow(shared.calling("one?delay=2", "two"))
    old = shared.execute(workflow_id)
    wait_until(lambda: shared.sink.calls("/one"))
    shared.client.post(f"/api/workflows/{workflow_id}/versions", json={"steps": shared.calling("new")})
    shared.client.post(f"/api/workflows/{workflow_id}/versions/2/publish")
    shared.app.kill("worker 1")
    shared.wait_for(old)
    shared.wait_for(shared.execute(workflow_id))
    shared.check()
    assert [call["path"] for call in shared.sink.calls()] == ["/one", "/one", "/two", "/new"]


def test_what_a_new_version_does_not_know_fails_in_sight_and_stops_nobody(scene: Start) -> None:
    """Fault 15: a step type and messages that this version does not have."""
    shared = scene(REDIS_URL="")
    workflow_id = shared.add_workflow(shared.calling("one"))
    strange = shared.add_workflow(shared.calling("two"), name="Strange")
    text = "definition" if "sqlite" in shared.app.settings.database_url else "CAST(definition AS text)"
    cast = "" if "sqlite" in shared.app.settings.database_url else "::jsonb"
    shared.app.change(f"UPDATE workflow_versions SET definition = "
                      f"replace({text}, 'http_request', 'telepathy'){cast} WHERE workflow_id = :id",
                      id=strange)
    storage = queue.make_queue(queue.EXECUTION, shared.app.settings.redis_url).storage
    for message in (b"", b"\x80\x04nonsense", b"[]", b'["x","engine.tasks.no_such"]', b'{"v": 9}'):
        Redis.from_url(shared.app.settings.redis_url).zadd(storage.queue_key, {message: 0})
    assert shared.wait_for(shared.execute(strange), "failed").error_code == "step.unknown"
    shared.wait_for(shared.execute(workflow_id))
    shared.check()


def test_a_step_that_hangs_is_ended_by_its_time_limit(scene: Start) -> None:
    """Fault 16: the other side never answers; the only thread is free again afterwards."""
    _ended_in_time(scene, "never?delay=600")


def test_an_answer_that_drips_is_ended_by_the_time_limit_of_the_whole(scene: Start) -> None:
    """Fault 17: a byte a second, for ever."""
    _ended_in_time(scene, "drip?drip=600")


def _ended_in_time(scene: Start, path: str) -> None:
    shared = scene(WORKER_THREADS="1")
    stuck = shared.calling(path, timeout_seconds=2, retry={"max_attempts": 1})
    execution_id = shared.execute(shared.add_workflow(stuck))
    run = shared.wait_for(execution_id, "failed", 30)
    assert (run.error_class, run.error_code) == ("timeout", "limit.time")
    shared.wait_for(shared.execute(shared.add_workflow(shared.calling("next"), name="Next")))
    shared.check()
