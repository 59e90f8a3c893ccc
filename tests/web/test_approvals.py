"""Questions of runs: on Home, on the page of the run, on their own page, and behind the link of a mail."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from engine.db import Database
from engine.models import Approval, ApprovalMail, User
from engine.postman import hash_of
from engine.services.runs import executions
from tests.support.stories import Engine, add_live_workflow
from tests.web.browser import Browser

ASK = {"key": "ask", "type": "approve", "with": {"question": "Refund <b>#88</b>?", "to": ["bob@example.org"]}}
NOTE = {"key": "note", "type": "write_log", "with": {"message": "{{ steps.ask.answer }}"}}
LINK = "/approvals/answer/secret"


@pytest.fixture
def run(engine: Engine, database: Database, admin_id: str, at: datetime) -> str:
    """A run that asks Bob; gives its id."""
    return str(engine.run(add_live_workflow(database, at, [ASK, NOTE], owner_id=admin_id)).id)


@pytest.fixture
def asked(engine: Engine, run: str) -> Callable[[], Any]:
    """Read the question there is; its mail has gone out with the secret link."""
    engine.do(lambda uow: uow.execute(update(ApprovalMail).values(token_hash=hash_of("secret"))))

    def read() -> Any:
        with engine.database.reading() as connection:
            return connection.execute(select(*Approval.__table__.columns)).one()

    return read


def test_a_question_is_found_on_home_on_the_run_and_in_the_list(
    ann: Browser, run: str, asked: Callable[[], Any]
) -> None:
    for page in ("/", f"/executions/{run}", "/approvals"):
        text = ann.get(page).text
        assert f'href="/approvals/{asked().id}"' in text
        assert "Refund &lt;b&gt;#88&lt;/b&gt;?" in text


def test_answering_lets_the_run_go_on(
    ann: Browser, engine: Engine, run: str, asked: Callable[[], Any]
) -> None:
    page = ann.get(f"/approvals/{asked().id}").text
    assert "not sent, for no mail server is set up" in page
    answer = ann.post(f"/approvals/{asked().id}", {"answer": "Approve", "note": "Fine"})
    assert answer.location == f"/executions/{run}"
    assert (asked().answer, asked().note, asked().answered_by) == ("Approve", "Fine", "Ann")
    engine.advance(run)
    assert engine.execution(run).status == "completed"
    assert "Ann answered “Approve”" in ann.get(f"/approvals/{asked().id}").text
    assert ann.post(f"/approvals/{asked().id}", {"answer": "Reject"}).status_code == 409


def test_an_answer_that_is_no_choice_is_refused_and_the_note_is_kept(
    ann: Browser, asked: Callable[[], Any]
) -> None:
    answer = ann.post(f"/approvals/{asked().id}", {"answer": "Maybe", "note": "Hm"})
    assert (answer.status_code, "Hm" in answer.text) == (422, True)
    assert asked().answer is None


def test_the_link_of_a_mail_answers_by_a_button_only_and_without_signing_in(
    stranger: Browser, engine: Engine, asked: Callable[[], Any]
) -> None:
    for _ in range(2):
        page = stranger.get(LINK)
        assert (page.status_code, asked().answer) == (200, None)
    assert "You answer as bob@example.org." in page.text
    assert stranger.client.post(LINK, data={"answer": "Reject"}).status_code == 400
    assert stranger.post(LINK, {"answer": "Reject"}).status_code == 200
    assert (asked().answer, asked().answered_by) == ("Reject", "bob@example.org")
    assert engine.execution(asked().execution_id).status == "pending"


def test_whoever_is_asked_reads_by_when_and_what_becomes_of_it_otherwise(
    ann: Browser, stranger: Browser, run: str, asked: Callable[[], Any]
) -> None:
    follows = "“Reject” counts as the answer, and the run ends"
    assert f", {follows}." in ann.get(f"/executions/{run}").text
    assert f"; else {follows}" in ann.get(f"/approvals/{asked().id}").text
    page = stranger.get(LINK).text
    assert "If nobody answers by " in page
    assert f", {follows}." in page


@pytest.mark.parametrize(("given", "follows"), [
    ({"when_expired": "Approve"}, "“Approve” counts as the answer, and the run goes on"),
    ({"when_expired": "Reject", "stop_on": []}, "“Reject” counts as the answer, and the run goes on"),
    ({"when_expired": "fail"}, "this step fails"),
    ({"choices": ["Yes", "No"]}, "this step fails"),
])
def test_the_answer_for_nobody_is_the_one_the_step_names(
    ann: Browser, engine: Engine, database: Database, admin_id: str, at: datetime, given: dict[str, Any],
    follows: str,
) -> None:
    ask = ASK | {"with": ASK["with"] | given}
    found = engine.run(add_live_workflow(database, at, [ask, NOTE], owner_id=admin_id))
    assert f", {follows}." in ann.get(f"/executions/{found.id}").text


def test_the_link_dies_with_the_answer_and_with_time(
    stranger: Browser, engine: Engine, asked: Callable[[], Any], at: datetime
) -> None:
    engine.do(lambda uow: uow.execute(update(Approval).values(expires_at=at)))
    assert "The time to answer is over." in stranger.get(LINK).text
    assert stranger.post(LINK, {"answer": "Approve"}).status_code == 409
    engine.do(lambda uow: uow.execute(update(Approval).values(expires_at=None)))
    stranger.post(LINK, {"answer": "Approve"})
    assert "This has been answered." in stranger.get(LINK).text
    assert stranger.post(LINK, {"answer": "Reject"}).status_code == 409
    assert asked().answer == "Approve"


def test_nobody_guesses_a_link(stranger: Browser, asked: Callable[[], Any]) -> None:
    assert stranger.get("/approvals/answer/guess").status_code == 404
    answers = [stranger.get("/approvals/answer/guess").status_code for _ in range(30)]
    assert answers[-1] == 429


def test_a_run_that_asks_can_be_stopped(ann: Browser, engine: Engine, run: str,
                                        asked: Callable[[], Any]) -> None:
    assert ann.post(f"/executions/{run}/cancellation").status_code == 303
    assert engine.execution(run).status == "cancelled"
    assert "does not wait for it any more" in ann.get(f"/approvals/{asked().id}").text
    assert ann.post(f"/approvals/{asked().id}", {"answer": "Approve"}).status_code == 409


def test_a_stopped_run_is_not_woken_by_its_question(engine: Engine, run: str) -> None:
    engine.do(lambda uow: executions.cancel(uow, run, by="Ann", at=engine.clock.at))
    engine.advance(run)
    assert engine.execution(run).status == "cancelled"


def test_nobody_answers_for_somebody_else(
    signed_in: Callable[[str], Browser], asked: Callable[[], Any]
) -> None:
    editor = signed_in("editor")
    assert editor.get(f"/approvals/{asked().id}").status_code == 404
    assert editor.post(f"/approvals/{asked().id}", {"answer": "Approve"}).status_code == 404
    assert "Refund" not in editor.get("/approvals").text + editor.get("/").text


def test_a_viewer_sees_the_question_and_no_button_that_answers(
    signed_in: Callable[[str], Browser], database: Database, engine: Engine, at: datetime
) -> None:
    viewer = signed_in("viewer")
    with database.reading() as connection:
        owner_id = connection.execute(select(User.id).where(User.role == "viewer")).scalar_one()
    run = engine.run(add_live_workflow(database, at, [ASK], owner_id=owner_id)).id
    with database.reading() as connection:
        asked = connection.execute(select(Approval.id).where(Approval.execution_id == run)).scalar_one()
    page = viewer.get(f"/approvals/{asked}").text
    assert "Somebody who may run this workflow has to answer." in page
    assert 'value="Approve"' not in page
    assert viewer.post(f"/approvals/{asked}", {"answer": "Approve"}).status_code == 403


def test_how_long_it_waits_is_said_with_the_day(ann: Browser, run: str, at: datetime) -> None:
    last = (at + timedelta(days=2)).astimezone(ZoneInfo("Europe/Berlin"))
    assert f"until {last:%a} {last.day} {last:%b}, " in ann.get(f"/executions/{run}").text


@pytest.mark.parametrize(("became", "said"), [
    ({"due_at": None, "sent": True, "may_be_double": True}, "It may have arrived twice"),
    ({"due_at": None, "may_be_double": True}, "perhaps sent, perhaps twice. Nobody noted what became of it"),
    ({"error": "The mail server did not say."}, "perhaps sent. The mail server did not say."),
])
def test_a_mail_of_which_nobody_knows_says_so(
    ann: Browser, asked: Callable[[], Any], engine: Engine, app: Any, became: dict[str, Any], said: str
) -> None:
    columns = {name: value for name, value in became.items() if name != "sent"}
    at = engine.clock.at
    columns |= {"sent_at": at} if became.get("sent") else {"sending_since": at}
    engine.do(lambda uow: uow.execute(update(ApprovalMail).values(columns)))
    assert said in " ".join(ann.get(f"/approvals/{asked().id}").text.split())
