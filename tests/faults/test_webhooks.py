"""Other programs deliver twice, twenty times at once, and to a web process that dies before it answers."""

import hashlib
import hmac
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from tests.faults.scene import LONGEST, Scene
from tests.faults.work import Start
from tests.support.waiting import wait_until

BODY = b'{"customer": 42}'
HOOK = {"name": "Shop", "kind": "webhook", "inputs": {}}


def add_hook(scene: Scene, **more: Any) -> str:
    """Add a workflow that a web address starts; return the address."""
    workflow_id = scene.add_workflow(scene.calling("one"))
    added = scene.client.post(f"/api/workflows/{workflow_id}/triggers", json={**HOOK, **more})
    assert added.status_code == 201, added.text
    return f"{scene.app.url}/api/webhooks/{added.json()['id']}"


def deliver(address: str, **headers: str) -> httpx2.Response:
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx2.post(address, content=BODY, timeout=30, trust_env=False,
                       headers={"Content-Type": "application/json", **headers})


def named(answers: list[httpx2.Response]) -> set[str]:
    assert {answer.status_code for answer in answers} == {202}
    return {answer.json()["executionId"] for answer in answers}


def test_a_delivery_that_comes_twenty_times_at_once_is_one_run(scene: Start) -> None:
    """Fault 34: told apart by the id the sender gave it; every answer names the same run."""
    shared = scene()
    address = add_hook(shared)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: deliver(address, Webhook_Id="msg-1"), range(20)))
    assert len(named([*answers, deliver(address, Webhook_Id="msg-1")])) == 1
    assert len(named([*answers, deliver(address, Webhook_Id="msg-2")])) == 2
    shared.check()
    assert len(shared.sink.calls("/one")) == 2


def test_a_signed_delivery_counts_once_whatever_it_calls_itself(scene: Start) -> None:
    """Fault 34: the same signature is the same delivery."""
    shared = scene()
    address = add_hook(shared)
    secret = shared.client.post(f"/api/triggers/{address.rpartition('/')[2]}/secret").json()["secret"]
    at = str(int(time.time()))
    proof = hmac.new(secret.encode(), f"{at}.".encode() + BODY, hashlib.sha256).hexdigest()
    signed = {"X_Carillon_Timestamp": at, "X_Carillon_Signature": f"sha256={proof}"}
    with ThreadPoolExecutor(10) as pool:
        ids = [f"msg-{number}" for number in range(10)]
        answers = list(pool.map(lambda name: deliver(address, Webhook_Id=name, **signed), ids))
    assert len(named(answers)) == 1
    assert deliver(address).status_code == 403
    shared.check()
    assert len(shared.sink.calls("/one")) == 1


@pytest.mark.parametrize("moment", ["before_ring", "before_disk"])
def test_a_delivery_on_record_whose_answer_was_lost_is_not_started_again(scene: Start, moment: str) -> None:
    """Fault 35: web dies after the commit and before it answers; the sender tries again."""
    broken = scene(faults=[moment])
    address = add_hook(broken)
    with pytest.raises(httpx2.HTTPError):
        deliver(address, Webhook_Id="msg-3")
    (row,) = broken.app.rows("SELECT id FROM executions")
    answer = wait_until(lambda: _tried(address), LONGEST)
    assert named([answer]) == {row.id}
    broken.check()
    assert len(broken.sink.calls("/one")) == 1


def _tried(address: str) -> httpx2.Response | None:
    try:
        return deliver(address, Webhook_Id="msg-3")
    except httpx2.HTTPError:
        return None
