"""A run that asks two people, a postman, and the mail server he goes to."""

from collections.abc import Iterator

import pytest

from engine.db import Database
from engine.domain.people.mail_servers import MailServer
from engine.postman import Postman
from tests.services.mails.scene import ASK
from tests.support.mail_sink import MailSink, mail_sink
from tests.support.stories import Clock, Engine, add_live_workflow


@pytest.fixture
def sink() -> Iterator[MailSink]:
    with mail_sink() as sink:
        yield sink


@pytest.fixture
def postman(database: Database, clock: Clock, sink: MailSink) -> Postman:
    server = MailServer("127.0.0.1", sink.port, is_tls=False, sender="carillon@example.org")
    return Postman(database, server, base_url="http://here", timezone="Europe/Berlin",
                    key=lambda: "key", now=clock.now)


@pytest.fixture
def run(engine: Engine) -> str:
    """A run that asks Ann and Bob; gives its id."""
    return str(engine.run(add_live_workflow(engine.database, engine.clock.at, [ASK])).id)
