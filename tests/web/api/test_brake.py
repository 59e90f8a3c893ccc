"""The emergency brake over the JSON interface."""


from engine.db import Database
from tests.support.stories import Clock, Engine
from tests.web.api.program import Program


def test_it_is_pulled_shown_and_released(chief: Program, program: Program, now: Clock):
    assert program.get("/api/brake").json["isOn"] is False
    pulled = chief.send("PUT", "/api/brake", {"reason": "stock-take", "until": "2026-03-02T12:00:00Z"}).json
    assert pulled == {"isOn": True, "reason": "stock-take", "by": "Ann", "since": "2026-03-02T09:00:00Z",
                      "until": "2026-03-02T12:00:00Z", "held": [], "runs": [],
                      "runsWaiting": 0}
    assert program.get("/api/brake").json == pulled
    assert chief.send("DELETE", "/api/brake").status_code == 204
    assert program.get("/api/brake").json["isOn"] is False
    assert chief.error("DELETE", "/api/brake")[0] == 409


def test_after_its_end_it_is_off(chief: Program, now: Clock):
    chief.send("PUT", "/api/brake", {"reason": "stock-take", "until": "2026-03-02T12:00:00Z"})
    now.pass_time(hours=3)
    assert chief.get("/api/brake").json["isOn"] is False


def test_it_needs_a_reason_a_future_and_an_administrator(chief: Program, program: Program):
    assert chief.error("PUT", "/api/brake", {})[:2] == (422, "reason")
    assert chief.error("PUT", "/api/brake", {"reason": " "})[:2] == (422, "reason")
    past = {"reason": "x", "until": "2020-01-01T00:00:00Z"}
    assert chief.error("PUT", "/api/brake", past)[:2] == (422, "until")
    assert program.error("PUT", "/api/brake", {"reason": "x"})[0] == 403
    assert program.error("DELETE", "/api/brake")[0] == 403


def test_what_programs_ask_for_is_accepted_and_waits(chief: Program, database: Database, now: Clock):
    workflow = chief.make_on(starts=[{"name": "orders", "kind": "webhook"}])
    chief.send("PUT", "/api/brake", {"reason": "stock-take"})
    called = chief.client.post(workflow["triggers"][0]["webhookPath"], json={})
    asked = chief.post(f"/api/workflows/{workflow['id']}/execute", {})
    assert (called.status_code, asked.status_code) == (202, 202)
    runs = [called.json["executionId"], asked.json["executionId"]]
    engine = Engine(database, now)
    for run in runs:
        engine.advance(run)
    shown = chief.get(f"/api/executions/{runs[0]}").json
    assert (shown["status"], shown["reason"]) == ("pending", "brake")
    assert shown["reasonSentence"] == "Everything is on hold – stock-take"
    assert (shown["reasonData"]["limit"], shown["reasonData"]["subject"]) == ("brake", "stock-take")
    brake = chief.get("/api/brake").json
    assert ({run["id"] for run in brake["runs"]}, brake["runsWaiting"]) == (set(runs), 2)
    assert chief.send("DELETE", "/api/brake").status_code == 204
    for run in runs:
        engine.advance(run)
        assert chief.get(f"/api/executions/{run}").json["status"] == "completed"


def test_repeating_a_run_over_the_interface_waits_too(chief: Program, database: Database, now: Clock):
    workflow, engine = chief.make_on(), Engine(database, now)
    run = engine.run(workflow["id"]).id
    chief.send("PUT", "/api/brake", {"reason": "stock-take"})
    for path in (f"/api/executions/{run}/rerun", f"/api/executions/{run}/replay"):
        fresh = chief.post(path, {"input": {}} if path.endswith("replay") else {}).json["executionId"]
        engine.advance(fresh)
        assert engine.execution(fresh).reason == "brake"


def test_while_it_is_on_a_limit_promises_no_place_to_what_it_will_hold(
    chief: Program, database: Database, now: Clock
):
    workflow, engine = chief.make_on(limits={"rate_per_minute": 1}), Engine(database, now)
    engine.run(workflow["id"])
    asked = chief.post(f"/api/workflows/{workflow['id']}/execute", {}).json["executionId"]
    by_hand = engine.start(workflow["id"])
    for run in (asked, by_hand):
        engine.advance(run)

    def told(run: str) -> str:
        return chief.get(f"/api/executions/{run}").json["reasonSentence"]

    assert "next place in" in told(asked)
    chief.send("PUT", "/api/brake", {"reason": "stock-take"})
    assert told(asked) == "Everything is on hold – stock-take"
    assert "next place in" in told(by_hand)
