"""A dry run before the first good run: what nobody knows yet has a visible stand-in, and it goes on."""

from typing import Any

import pytest
from sqlalchemy import select

from engine.models import ExecutionLog
from engine.services.runs import repeats
from engine.steps import registry
from tests.runner.conftest import Scripted
from tests.runner.test_dry_runs import rehearse, with_preview
from tests.support.stories import Engine, add_live_workflow

URL = "https://shop.example/orders"
FIRST = {"key": "a", "name": "Order", "type": "http_request", "with": {"url": URL, "method": "POST"}}
CALL = registry()["http_request"].name
ASK = {"key": "a", "type": "scripted", "with": {"say": "hello"}}


def posting(body: Any, url: str = URL) -> dict[str, Any]:
    return {"key": "b", "type": "http_request", "with": {
        "url": url, "method": "POST", "body_kind": "json", "body": body}}


def tried(engine: Engine, *steps: dict[str, Any]) -> Any:
    return rehearse(engine, add_live_workflow(engine.database, engine.clock.at, list(steps)))


def said(engine: Engine, execution_id: str) -> str:
    with engine.database.reading() as connection:
        lines = select(ExecutionLog.message).where(ExecutionLog.execution_id == execution_id)
        return "\n".join(connection.execute(lines).scalars())


def test_the_step_after_shows_its_message_with_an_example_and_stand_ins(engine: Engine) -> None:
    body = {"id": "{{ steps.a.data.id }}", "text": "No. {{ steps.a.json.id }}!",
            "status": "{{ steps.a.status }}"}
    run = tried(engine, FIRST, posting(body))
    assert (run.status, run.error_message) == ("completed", None)
    rows = engine.step_rows(run.id)
    assert rows["b"].output["would"]["body"] == (
        '{"id": "‹data.id of Order›", "text": "No. ‹json.id of Order›!", "status": 200}')
    assert (rows["a"].output["taken"], rows["a"].output["sample"]) == ("example", {"status": 200, "ok": True})
    assert "There is no answer of the last good run here" in said(engine, run.id)


def test_an_address_shows_its_stand_in_as_people_read_it(engine: Engine) -> None:
    run = tried(engine, FIRST, posting({}, URL + "/{{ steps.a.data.id | url }}"))
    assert engine.step_rows(run.id)["b"].output["would"]["url"] == f"{URL}/‹data.id of Order›"


def test_steps_without_a_name_are_told_apart_in_their_stand_ins(engine: Engine) -> None:
    one, two = ({"key": key, "type": "http_request", "with": FIRST["with"]} for key in ("one", "two"))
    run = tried(engine, one, two, posting({"a": "{{ steps.one.data.id }}", "b": "{{ steps.two.data.id }}"}))
    assert engine.step_rows(run.id)["b"].output["would"]["body"] == (
        f'{{"a": "‹data.id of {CALL} (one)›", "b": "‹data.id of {CALL} (two)›"}}')


def test_settings_are_shown_where_stand_ins_make_no_message(engine: Engine) -> None:
    run = tried(engine, FIRST, posting({"n": 1}, "{{ steps.a.data.next }}"))
    assert run.status == "completed"
    assert engine.step_rows(run.id)["b"].output["would"]["url"] == "‹data.next of Order›"
    assert "its settings are shown" in said(engine, run.id)


@pytest.mark.parametrize("filters", ["| count", "| sum", "| first", "| number", '| default("x")', "| date"])
def test_filters_leave_a_stand_in_one(engine: Engine, filters: str) -> None:
    run = tried(engine, FIRST, posting({"n": f"{{{{ steps.a.rows {filters} }}}}"}))
    assert "‹rows" in engine.step_rows(run.id)["b"].output["would"]["body"]


def test_if_takes_then_and_says_that_it_could_not_tell(engine: Engine) -> None:
    engine, _ = with_preview(engine)
    run = tried(engine, ASK, {
        "key": "if", "type": "if", "with": {"left": "{{ steps.a.total }}", "is": "more_than", "right": 5},
        "then": [posting({"total": "{{ steps.a.total }}"})]})
    assert engine.step_rows(run.id)["b"].output["would"]["body"] == '{"total": "‹total of scripted›"}'
    assert ("nobody can tell whether “‹total of scripted›” is more than “5”, so the dry run takes “Then”"
            in said(engine, run.id))


def test_only_continue_if_goes_on(engine: Engine) -> None:
    engine, _ = with_preview(engine)
    condition = {"left": "{{ steps.a.state }}", "is": "is", "right": "paid"}
    run = tried(engine, ASK, {"key": "c", "type": "only_if", "with": condition}, posting({}))
    assert engine.step_rows(run.id)["b"].status == "completed"
    assert "so the dry run goes on" in said(engine, run.id)


def test_a_condition_on_an_example_is_decided(engine: Engine) -> None:
    condition = {"left": "{{ steps.a.status }}", "is": "is", "right": 404}
    run = tried(engine, FIRST, {"key": "c", "type": "only_if", "with": condition}, posting({}))
    assert engine.step_rows(run.id)["b"].status == "skipped"


def test_for_each_does_one_item(engine: Engine) -> None:
    run = tried(engine, FIRST, {"key": "each", "type": "for_each", "with": {"list": "{{ steps.a.rows }}"},
                                "steps": [posting({"to": "{{ item.mail }}"})]})
    assert (run.status, run.output["count"]) == ("completed", 1)
    assert "so the dry run does one item" in said(engine, run.id)


def test_what_can_not_be_done_with_a_stand_in_gives_one(engine: Engine) -> None:
    wait = {"key": "w", "type": "wait", "with": {"for": "{{ steps.a.data.pause }}"}}
    pick = {"key": "p", "type": "pick_fields", "with": {"from": "{{ steps.a.data }}", "fields": {"no": "id"}}}
    run = tried(engine, FIRST, wait, pick, posting({"no": "{{ steps.p.no }}"}))
    assert engine.step_rows(run.id)["b"].output["would"]["body"] == '{"no": "‹no of Pick and rename fields›"}'
    assert "so its result is one too" in said(engine, run.id)


def test_an_expectation_does_not_complain_of_a_stand_in(engine: Engine) -> None:
    run = tried(engine, {**FIRST, "warn_if": [{"value": "data.total", "is": "less_than", "right": 5}]})
    assert (run.status, run.unusual) == ("completed", False)


def test_continuing_a_dry_run_knows_its_stand_ins_again(engine: Engine) -> None:
    engine, _ = with_preview(engine)
    moody = Scripted("none")
    moody.act = lambda *_: 1 / 0
    engine.steps["moody"] = moody  # type: ignore[index]
    run = tried(engine, ASK, {**FIRST, "key": "o"}, {"key": "m", "type": "moody"}, posting({
        "a": "{{ steps.a.x }}", "o": "{{ steps.o.data.id }}", "status": "{{ steps.o.status }}"}))
    assert run.status == "failed"
    moody.act = lambda *_: 1
    again = engine.do(lambda uow: repeats.resume(uow, run.id, user_id=None, at=engine.clock.at))
    engine.advance(again)
    assert engine.step_rows(again)["b"].output["would"]["body"] == (
        '{"a": "‹x of scripted›", "o": "‹data.id of Order›", "status": 200}')


def test_a_mistake_of_its_own_still_fails(engine: Engine) -> None:
    run = tried(engine, FIRST, posting({"n": "{{ inputs.nothing }}"}))
    assert (run.status, run.error_code) == ("failed", "data.missing")


def test_a_real_run_knows_no_stand_ins(engine: Engine) -> None:
    note = {"key": "n", "type": "write_log", "with": {"message": "{{ steps.a.total }}"}}
    assert engine.run(add_live_workflow(engine.database, engine.clock.at, [ASK, note])).status == "failed"
