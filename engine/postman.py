"""Sends the mails that ask people, one at a time, from what is on record."""

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from typing import Any, Final

from sqlalchemy import Row

from engine.db import Database
from engine.domain.due.reasons import moment_text
from engine.domain.people.mail_servers import MailServer
from engine.services import mails
from engine.smtp import NotSent, send

_LONGEST_SUBJECT: Final = 120


class Postman:
    """`server` is None where nobody has set one up; then mails wait."""

    def __init__(
        self, database: Database, server: MailServer | None, *, base_url: str, timezone: str,
        now: Callable[[], datetime],
    ) -> None:
        self._database, self._server, self._now = database, server, now
        self._base_url, self._timezone = base_url, timezone

    def deliver(self, mail_id: str) -> None:
        """Send a mail if it is due. The secret of its link is made here and kept by nobody."""
        server, at = self._server, self._now()
        if server is None:
            self._database.run(lambda uow: mails.put_off(uow, mail_id, at))
            return
        token = secrets.token_urlsafe(32)
        letter = self._database.run(lambda uow: mails.take(uow, mail_id, hash_of(token), at))
        if letter is None:
            return
        try:
            send(server, self._written(letter, server.sender, token))
        except NotSent as error:
            said, for_good = str(error), error.for_good
            self._database.run(lambda uow: mails.failed(uow, letter, said, self._now(), for_good=for_good))
        else:
            self._database.run(lambda uow: mails.sent(uow, mail_id, self._now()))

    def _written(self, letter: Row[Any], sender: str, token: str) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"] = sender, _one_line(letter.address)
        first = "Still waiting: " if letter.is_reminder else ""
        message["Subject"] = f"{first}{_one_line(letter.question)}"[:_LONGEST_SUBJECT]
        # The same for every try, so that a mail which arrived twice can be told to be one.
        message["Message-ID"] = f"<{letter.id}@{sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        until = ""
        if letter.expires_at is not None:
            minute = letter.expires_at.replace(second=0, microsecond=0)
            until = f"\nAnswer by {moment_text(minute, self._timezone)} ({self._timezone}).\n"
        message.set_content(
            f"The workflow “{letter.workflow_name}” waits for an answer:\n\n{letter.question}\n\n"
            f"Choose one of: {', '.join(letter.choices)}\n{self._base_url}/approvals/answer/{token}\n"
            f"{until}\n"
            "The link is for you alone, and opens without signing in. The first answer of anybody counts.\n"
        )
        return message


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _one_line(text: str) -> str:
    return " ".join(text.split())
