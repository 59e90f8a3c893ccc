"""Whoever is asked gets a mail, once; a mail server that is away is tried again."""

import re

import pytest
from sqlalchemy import select

from engine.domain.errors import Invalid
from engine.domain.people.mail_servers import mail_server
from engine.models import Approval
from engine.postman import Postman, hash_of
from engine.queries.runs import questions
from engine.services.runs import approvals, executions
from tests.services.mails.scene import ASK, deliver_due, letters
from tests.support.mail_sink import MailSink
from tests.support.stories import Engine, add_live_workflow


def answer(engine: Engine) -> None:
    def work(uow):
        approval_id = uow.execute(select(Approval.id)).scalar_one()
        approvals.answer(uow, approval_id, "Approve", by="Ann", at=engine.clock.at)
    engine.do(work)


def test_everybody_asked_gets_one_mail_with_a_link_of_their_own(
    engine: Engine, postman: Postman, sink: MailSink, run: str
) -> None:
    for _ in range(2):
        deliver_due(engine, postman)
    assert sorted(mail["To"] for mail in sink.messages) == ["ann@example.org", "bob@example.org"]
    assert {mail["Subject"] for mail in sink.messages} == {"Refund #88? It is 20 euros"}
    for mail in sink.messages:
        link = re.search(r"http://here/approvals/answer/(\S+)", mail.get_content())
        assert link
        with engine.database.reading() as connection:
            assert questions.by_link(connection, hash_of(link[1]), engine.clock.at).address == mail["To"]
        assert link[1] not in str(letters(engine))
        assert "If nobody answers by" in mail.get_content()
        assert "(Europe/Berlin), “Reject” counts as the answer, and the run ends." in mail.get_content()


def test_a_question_rings_for_its_mails_at_once(engine: Engine) -> None:
    rung: list[str] = []
    engine.database.listen(lambda news: rung.extend(news.mails))
    engine.run(add_live_workflow(engine.database, engine.clock.at, [ASK]))
    assert rung == [mail.id for mail in letters(engine) if not mail.is_reminder]


def test_a_mail_server_that_is_busy_is_tried_again_later(
    engine: Engine, postman: Postman, sink: MailSink, run: str
) -> None:
    sink.refusals = ["451 Later", "451 Later"]
    deliver_due(engine, postman)
    assert sink.messages == []
    assert "refused this address: Later" in str(letters(engine)[0].error)
    deliver_due(engine, postman)
    assert sink.messages == []
    engine.clock.pass_time(minutes=1)
    deliver_due(engine, postman)
    assert len(sink.messages) == 2
    assert letters(engine)[0].error is None


def test_an_address_that_is_refused_for_good_is_not_tried_again(
    engine: Engine, postman: Postman, sink: MailSink, run: str
) -> None:
    sink.refusals = ["550 No such person", "550 No such person"]
    deliver_due(engine, postman)
    engine.clock.pass_time(hours=1)
    deliver_due(engine, postman)
    assert sink.messages == []


def test_a_reminder_follows_unless_somebody_has_answered(
    engine: Engine, postman: Postman, sink: MailSink, run: str
) -> None:
    deliver_due(engine, postman)
    engine.clock.pass_time(days=1)
    deliver_due(engine, postman)
    assert [mail["Subject"][:13] for mail in sink.messages[2:]] == ["Still waiting"] * 2
    deliver_due(engine, postman)
    assert len(sink.messages) == 4


@pytest.mark.parametrize("how", ["answered", "stopped", "expired"])
def test_nobody_is_mailed_about_what_is_over(
    engine: Engine, postman: Postman, sink: MailSink, run: str, how: str
) -> None:
    if how == "answered":
        answer(engine)
    elif how == "stopped":
        engine.do(lambda uow: executions.cancel(uow, run, by="Ann", at=engine.clock.at))
    engine.clock.pass_time(days=3 if how == "expired" else 1)
    deliver_due(engine, postman)
    assert sink.messages == []
    assert [mail.due_at for mail in letters(engine)] == [None] * 4


def test_without_a_mail_server_nothing_fails_and_mail_waits_for_one(
    engine: Engine, postman: Postman, sink: MailSink, run: str
) -> None:
    nobody = Postman(engine.database, None, base_url="", timezone="UTC", key=lambda: "key",
                      now=engine.clock.now)
    deliver_due(engine, nobody)
    assert letters(engine)[0].error == "No mail server is set up"
    engine.clock.pass_time(hours=1)
    deliver_due(engine, postman)
    assert len(sink.messages) == 2


@pytest.mark.parametrize(("url", "sender", "expected"), [
    ("smtp://mail.example.org", "me@example.org", ("mail.example.org", 587, False, None)),
    ("smtps://a%40b.org:p%2Fw@mail.example.org", "", ("mail.example.org", 465, True, "p/w")),
])
def test_the_setting_says_where_mail_goes(url: str, sender: str, expected: object) -> None:
    server = mail_server({"CARILLON_SMTP_URL": url, "CARILLON_MAIL_FROM": sender})
    assert server is not None
    assert (server.host, server.port, server.is_tls, server.password) == expected
    assert "p/w" not in repr(server)


@pytest.mark.parametrize(("url", "sender", "field"), [
    ("mail.example.org", "me@example.org", "CARILLON_SMTP_URL"),
    ("smtp://mail.example.org:many", "me@example.org", "CARILLON_SMTP_URL"),
    ("smtp://mail.example.org", "", "CARILLON_MAIL_FROM"),
])
def test_a_setting_that_can_not_be_used_is_named(url: str, sender: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        mail_server({"CARILLON_SMTP_URL": url, "CARILLON_MAIL_FROM": sender})
    assert refused.value.field == field
