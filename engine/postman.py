"""Sends the mails that ask people, one at a time, from what is on record."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from typing import Any, Final

from sqlalchemy import Row

from engine.db import Database
from engine.domain.due.reasons import moment_text
from engine.domain.people.mail_servers import MailServer
from engine.domain.runs.unanswered import when_unanswered
from engine.faults import point
from engine.services.runs import mails
from engine.smtp import NotSent, Unknown, send

_LONGEST_SUBJECT: Final = 120


class Postman:
    """`server` is None where nobody has set one up; then mails wait. `key` is what secrets are made with."""

    def __init__(
        self, database: Database, server: MailServer | None, *, base_url: str, timezone: str,
        key: Callable[[], str], now: Callable[[], datetime],
    ) -> None:
        self._database, self._server, self._key, self._now = database, server, key, now
        self._base_url, self._timezone = base_url, timezone

    def deliver(self, mail_id: str) -> None:
        """Send a mail if it is due. The secret of its link is the same for every try, and kept by nobody."""
        server, at = self._server, self._now()
        if server is None:
            self._database.run(lambda uow: mails.put_off(uow, mail_id, at))
            return
        token = self._token_of(mail_id)
        letter = self._database.run(lambda uow: mails.take(uow, mail_id, hash_of(token), at))
        if letter is None:
            return
        try:
            send(server, self._written(letter, server.sender, token))
            point("after_mail")
        except NotSent as error:
            self._failed(letter, str(error), for_good=error.for_good)
        except Unknown as error:
            self._failed(letter, str(error), is_unknown=True)
        else:
            self._database.run(lambda uow: mails.sent(uow, mail_id, self._now()))

    def _failed(self, letter: Row[Any], said: str, **how: bool) -> None:
        self._database.run(lambda uow: mails.failed(uow, letter, said, self._now(), **how))

    def _token_of(self, mail_id: str) -> str:
        digest = hmac.digest(self._key().encode(), f"mail {mail_id}".encode(), hashlib.sha256)
        return urlsafe_b64encode(digest).decode().rstrip("=")

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
            until = (f"\nIf nobody answers by {moment_text(minute, self._timezone)} ({self._timezone}), "
                     f"{when_unanswered(letter.asked)}.\n")
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
