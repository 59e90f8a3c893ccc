"""The mails of a question, read and delivered."""

from sqlalchemy import select

from engine.models import ApprovalMail
from engine.postman import Postman
from engine.services.runs import mails
from tests.support.stories import Engine

ASK = {"key": "ask", "type": "approve",
       "with": {"question": "Refund #88?\nIt is 20 euros", "to": ["ann@example.org", "bob@example.org"],
                "expires_after": "2d", "remind_after": "1d"}}


def letters(engine: Engine) -> list[ApprovalMail]:
    with engine.database.reading() as connection:
        return list(connection.execute(
            select(*ApprovalMail.__table__.columns).order_by(ApprovalMail.is_reminder, ApprovalMail.address)
        ))


def deliver_due(engine: Engine, postman: Postman) -> None:
    """Do what the leader's sweep asks for."""
    rung: list[str] = []
    engine.database.listen(lambda news: rung.extend(news.mails))
    engine.do(lambda uow: mails.ring_due(uow, engine.clock.at))
    for mail_id in rung[:]:
        postman.deliver(mail_id)


def to_ann(engine: Engine) -> ApprovalMail:
    return letters(engine)[0]
