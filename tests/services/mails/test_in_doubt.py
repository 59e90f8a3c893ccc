"""A mail of which nobody knows whether it went out is sent once more, and never a third time."""

import pytest

from engine.postman import Postman, hash_of
from engine.services.runs import mails
from tests.services.mails.scene import deliver_due, to_ann
from tests.support.mail_sink import MailSink
from tests.support.stories import Engine


class Died(BaseException):
    """The worker, right after the mail server said that it has the mail."""


@pytest.fixture
def deadly(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """While something is in it, whoever has handed a mail in dies before he can note it."""
    times: list[str] = []

    def point(name: str) -> None:
        if times:
            raise Died(times.pop())

    monkeypatch.setattr("engine.postman.point", point)
    return times


def test_a_mail_whose_sender_died_is_sent_once_more_and_says_so(
    engine: Engine, postman: Postman, sink: MailSink, run: str, deadly: list[str]
) -> None:
    deadly.append("once")
    with pytest.raises(Died):
        postman.deliver(to_ann(engine).id)
    deliver_due(engine, postman)
    assert [mail["To"] for mail in sink.messages] == ["ann@example.org", "bob@example.org"]
    engine.clock.pass_time(minutes=2)
    for _ in range(2):
        deliver_due(engine, postman)
    first, _, again = sink.messages
    assert (again["To"], again["Message-ID"]) == ("ann@example.org", first["Message-ID"])
    assert again.get_content() == first.get_content()
    assert (to_ann(engine).sent_at, to_ann(engine).may_be_double) == (engine.clock.at, True)
    (said,) = [line.message for line in engine.log_lines(run) if line.level == "warn"]
    assert "The mail to ann@example.org may have been sent twice" in said


def test_a_mail_is_never_sent_a_third_time(
    engine: Engine, postman: Postman, sink: MailSink, run: str, deadly: list[str]
) -> None:
    deadly += ["once", "twice"]
    for _ in range(2):
        with pytest.raises(Died):
            postman.deliver(to_ann(engine).id)
        engine.clock.pass_time(minutes=2)
    for _ in range(3):
        deliver_due(engine, postman)
        engine.clock.pass_time(hours=1)
    assert [mail["To"] for mail in sink.messages].count("ann@example.org") == 2
    assert (to_ann(engine).due_at, to_ann(engine).sent_at) == (None, None)
    assert to_ann(engine).sending_since is not None


def test_a_sender_that_died_is_followed_only_after_a_while(
    engine: Engine, postman: Postman, sink: MailSink, run: str
) -> None:
    engine.do(lambda uow: mails.take(uow, to_ann(engine).id, hash_of("x"), engine.clock.at))
    deliver_due(engine, postman)
    assert [mail["To"] for mail in sink.messages] == ["bob@example.org"]


def test_a_mail_server_that_goes_silent_after_it_has_the_text_may_have_it(
    engine: Engine, postman: Postman, sink: MailSink, run: str
) -> None:
    sink.hangs_up_after_text = True
    postman.deliver(to_ann(engine).id)
    assert "did not say whether it has the mail" in str(to_ann(engine).error)
    sink.hangs_up_after_text = False
    engine.clock.pass_time(minutes=1)
    postman.deliver(to_ann(engine).id)
    assert len(sink.messages) == 2
    assert to_ann(engine).may_be_double


def test_a_mail_server_that_says_good_bye_rudely_has_the_mail(
    engine: Engine, postman: Postman, sink: MailSink, run: str
) -> None:
    sink.good_bye = "421 Go away"
    postman.deliver(to_ann(engine).id)
    engine.clock.pass_time(hours=1)
    postman.deliver(to_ann(engine).id)
    assert len(sink.messages) == 1
    assert not to_ann(engine).may_be_double
