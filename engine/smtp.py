"""Handing mail in at a mail server."""

import smtplib
import socket
import ssl
from contextlib import closing, suppress
from email.message import EmailMessage
from typing import Any, Final

from engine.domain.people.mail_servers import MailServer

_SECONDS: Final = 10
_LOCAL: Final = ("localhost", "127.0.0.1", "::1")


class NotSent(Exception):
    """The mail server did not take it. `for_good`: it will not take it another time either."""

    def __init__(self, message: str, *, for_good: bool = False) -> None:
        super().__init__(message)
        self.for_good = for_good


class Unknown(Exception):
    """The message was handed over, and the mail server did not say whether it has it."""


def send(server: MailServer, message: EmailMessage) -> None:
    """Hand the message in; raises `NotSent` or `Unknown`."""
    try:
        connection = _connected(server)
        with closing(connection):
            connection.send_message(message)
            with suppress(OSError, smtplib.SMTPException):
                connection.quit()  # what it has taken it has, whatever it says now
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        words = f"The mail server refused this address: {_words(said)}"
        raise NotSent(words, for_good=code >= 500) from error
    except smtplib.SMTPResponseException as error:
        raise NotSent(f"The mail server said: {_words(error.smtp_error)} ({error.smtp_code})") from error
    except (OSError, smtplib.SMTPException) as error:
        raise NotSent(f"{server.host} could not be reached for mail: {error}") from error
    except ValueError as error:
        raise NotSent(f"No mail can be sent to this address: {error}", for_good=True) from error


class _Session(smtplib.SMTP):
    """Tells a message that was refused from one of which nobody knows."""

    def data(self, message: Any) -> tuple[int, bytes]:
        try:
            return super().data(message)
        except (OSError, smtplib.SMTPServerDisconnected) as error:
            raise Unknown(f"The mail server did not say whether it has the mail: {error}") from error


class _TlsSession(_Session, smtplib.SMTP_SSL):
    pass


def _connected(server: MailServer) -> smtplib.SMTP:
    here, safe = socket.gethostname(), ssl.create_default_context()
    if server.is_tls:
        connection: smtplib.SMTP = _TlsSession(
            server.host, server.port, here, timeout=_SECONDS, context=safe)
    else:
        connection = _Session(server.host, server.port, here, timeout=_SECONDS)
    try:
        _greet(connection, server, safe)
    except BaseException:
        connection.close()
        raise
    return connection


def _greet(connection: smtplib.SMTP, server: MailServer, safe: ssl.SSLContext) -> None:
    connection.ehlo()
    if not server.is_tls and connection.has_extn("starttls"):
        connection.starttls(context=safe)
        connection.ehlo()
    elif not server.is_tls and server.password and server.host not in _LOCAL:
        raise NotSent(f"{server.host} does not encrypt, so the password was not sent to it.")
    if server.user:
        connection.login(server.user, server.password or "")


def _words(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said
