"""Starting a workflow by a call to its address: who may, with what, and how often it counts."""

import hashlib
import hmac
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import func, select

from engine.db import Database
from engine.models import Execution
from engine.services.runs import recovery
from tests.support.stories import Clock
from tests.web.api.program import NOTE, Program

HOOK = {"name": "orders", "kind": "webhook", "inputs": {"shop": "north"}}


@pytest.fixture
def workflow(program: Program) -> Any:
    return program.make_on(starts=[HOOK])


@pytest.fixture
def path(workflow: Any) -> str:
    return workflow["triggers"][0]["webhookPath"]


class Sender:
    """Another program that knows the address, and its secret."""

    def __init__(self, program: Program, path: str, now: Clock) -> None:
        self.client, self.path, self.now = program.client, path, now
        self.secret = program.post(f"/api/triggers/{path.rpartition('/')[2]}/secret").json["secret"]

    def send(self, body: bytes = b'{"id": 7}', *, age: int = 0, secret: str | None = None,
             signed: bytes | None = None, **headers: str) -> Any:
        stamp = str(int(self.now.at.timestamp()) - age)
        text = stamp.encode() + b"." + (body if signed is None else signed)
        digest = hmac.new((secret or self.secret).encode(), text, hashlib.sha256).hexdigest()
        return self.client.post(self.path, data=body, content_type="application/json", headers={
            "X-Carillon-Timestamp": stamp, "X-Carillon-Signature": f"sha256={digest}", **headers})


@pytest.fixture
def sender(program: Program, path: str, now: Clock) -> Sender:
    return Sender(program, path, now)


def count(database: Database) -> int:
    with database.reading() as connection:
        return connection.execute(select(func.count()).select_from(Execution)).scalar_one()


def test_the_run_starts_with_what_was_sent(program: Program, path: str):
    answer = program.client.post(f"{path}?page=2&tag=a&tag=b", json={"customer": 42},
                                 headers={"X-GitHub-Event": "push", "Cookie": "secret", "X-Other": "1"})
    assert answer.status_code == 202
    run = program.get(f"/api/executions/{answer.json['executionId']}").json
    assert (run["status"], run["input"]["shop"]) == ("pending", "north")
    assert run["input"]["body"] == {"customer": 42}
    assert run["input"]["query"] == {"page": "2", "tag": ["a", "b"]}
    assert run["input"]["headers"]["x-github-event"] == "push"
    assert not {"cookie", "x-other"} & run["input"]["headers"].keys()


@pytest.mark.parametrize(("kind", "sent", "body"), [
    ("application/x-www-form-urlencoded", b"name=Ann&tag=a&tag=b&empty=",
     {"name": "Ann", "tag": ["a", "b"], "empty": ""}),
    ("text/plain", "grüße".encode(), "grüße"), ("", b"hello", "hello"), ("application/json", b"", None),
    ("application/vnd.api+json", b"[1]", [1]),
])
def test_json_forms_and_text_are_read(program: Program, path: str, kind: str, sent: bytes, body: Any):
    answer = program.client.post(path, data=sent, content_type=kind)
    assert program.get(f"/api/executions/{answer.json['executionId']}").json["input"]["body"] == body


@pytest.mark.parametrize(("kind", "sent", "status"), [
    ("application/json", b"{", 400), ("application/json", b"[" * 100 + b"]" * 100, 422),
    ("multipart/form-data; boundary=x", b"--x--", 415), ("application/json", b" " * 1_100_000, 413),
    ("application/x-www-form-urlencoded", b"a=1&" * 2_000, 400),
])
def test_what_cannot_be_read_starts_nothing(
    program: Program, path: str, database: Database, kind: str, sent: bytes, status: int
):
    assert program.client.post(path, data=sent, content_type=kind).status_code == status
    assert count(database) == 0


def test_a_body_in_pieces_is_not_cut_short(program: Program, path: str, database: Database):
    body = BytesIO("\U0001f514".encode() * 300_000)
    answer = program.client.post(
        path, input_stream=body, content_type="text/plain", headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True})
    assert (answer.status_code, count(database)) == (413, 0)


def test_an_address_that_is_switched_off_looks_like_none(program: Program, workflow: Any, path: str):
    nowhere = program.client.post("/api/webhooks/0192f000-0000-7000-8000-000000000000")
    trigger = f"/api/triggers/{workflow['triggers'][0]['id']}"
    for change in ((trigger, {"enabled": False}), (f"/api/workflows/{workflow['id']}", {"state": "off"})):
        program.patch(*change)
        answer = program.client.post(path, json={})
        assert (answer.status_code, answer.json) == (404, nowhere.json)
        program.patch(trigger, {"enabled": True})


@pytest.mark.parametrize("header", ["Idempotency-Key", "Webhook-Id", "X-GitHub-Delivery"])
def test_a_delivery_sent_again_is_answered_with_its_run(
    program: Program, path: str, database: Database, header: str
):
    first, again = (program.client.post(path, json={"n": n}, headers={header: "d-1"}) for n in (1, 2))
    assert (again.status_code, again.json) == (202, first.json)
    assert count(database) == 1


def test_workflows_that_call_each_other_in_a_circle_come_to_an_end(program: Program, path: str):
    answers = [program.client.post(path, json={})]
    while answers[-1].status_code == 202:
        run = answers[-1].json["executionId"]
        answers.append(program.client.post(path, json={}, headers={"Idempotency-Key": f"{run}:call:"}))
    assert (answers[-1].status_code, len(answers)) == (409, 7)


def test_twenty_at_once_start_one_run(sender: Sender, database: Database):
    def send(_: int) -> Any:
        other = copy(sender)
        other.client = sender.client.application.test_client()
        return other.send()

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(send, range(20)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json["executionId"] for answer in answers}) == 1
    assert count(database) == 1


def test_an_old_signature_under_a_new_key_starts_nothing_new(sender: Sender, database: Database):
    first = sender.send(**{"Idempotency-Key": "a"})
    again = sender.send(**{"Idempotency-Key": "b"})
    assert (again.json, count(database)) == (first.json, 1)


def test_a_delivery_signed_anew_under_its_key_is_the_same_run(sender: Sender, database: Database):
    first, again = sender.send(age=9, **{"Idempotency-Key": "a"}), sender.send(**{"Idempotency-Key": "a"})
    assert (again.json, count(database)) == (first.json, 1)


@pytest.mark.parametrize("wrong", [
    {"secret": "whs_other"}, {"signed": b'{"id": 8}'}, {"age": 301}, {"age": -301},
    {"X-Carillon-Signature": ""}, {"X-Carillon-Timestamp": "soon"}, {"X-Carillon-Timestamp": "²"},
    {"X-Carillon-Signature": "sha256=é"},
], ids=["secret", "body", "old", "early", "none", "no time", "odd time", "odd signature"])
def test_a_call_that_is_not_signed_right_starts_nothing(
    sender: Sender, database: Database, wrong: dict[str, Any]
):
    answer = sender.send(**wrong)
    assert (answer.status_code, answer.json["error"]["code"]) == (403, "signature")
    assert count(database) == 0


def test_a_new_secret_ends_the_old_one(program: Program, path: str, now: Clock, sender: Sender):
    old = sender.secret
    new = Sender(program, path, now)
    assert (new.send(secret=old).status_code, new.send().status_code) == (403, 202)


def test_signing_asked_for_without_a_secret_lets_nobody_in(program: Program, now: Clock):
    workflow = program.make_on(starts=[{**HOOK, "signed": True}])
    assert workflow["starts"][0]["signed"] is True
    (trigger,) = workflow["triggers"]
    assert program.client.post(trigger["webhookPath"], json={}).status_code == 403


def test_signatures_are_forgotten_when_they_are_too_old_to_count(
    sender: Sender, database: Database, now: Clock
):
    sender.send()
    now.pass_time(minutes=11)
    database.run(lambda uow: recovery.tidy(uow, now.at))
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM webhook_calls").scalar_one() == 0


def test_only_who_may_change_the_workflow_makes_secrets(path: str, other: Program):
    assert other.post(f"/api/triggers/{path.rpartition('/')[2]}/secret").status_code == 404


def test_only_web_addresses_are_signed(program: Program):
    schedule = {"name": "often", "kind": "schedule", "schedule": {"interval": "5m"}, "signed": True}
    document = {"name": "x", "steps": [NOTE], "starts": [schedule]}
    status, field, _ = program.error("POST", "/api/workflows", document)
    assert (status, field) == (422, "starts.0.signed")
