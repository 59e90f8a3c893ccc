"""Where mail is handed in, as it stands in a setting."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

from engine.domain.errors import Invalid

URL: Final = "CARILLON_SMTP_URL"
FROM: Final = "CARILLON_MAIL_FROM"
_PORTS: Final = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class MailServer:
    """`is_tls` says that the connection begins encrypted; else it becomes so where the server can."""

    host: str
    port: int
    is_tls: bool
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def mail_server(environ: Mapping[str, str]) -> MailServer | None:
    """Read smtp://user:pass@host:587 or smtps://…; None when nothing is set. Raises `Invalid`."""
    url, sender = environ.get(URL, ""), environ.get(FROM, "").strip()
    if not url:
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.scheme not in _PORTS:
        raise Invalid(f"{URL} must look like smtp://user:password@mail.example.org:587, or smtps://….",
                      field=URL)
    user = unquote(parts.username) if parts.username else None
    sender = sender or (user if user and "@" in user else "")
    if "@" not in sender:
        raise Invalid(f"{FROM} must be the address mail comes from, like carillon@example.org.", field=FROM)
    return MailServer(host, port or _PORTS[parts.scheme], parts.scheme == "smtps", sender, user,
                      unquote(parts.password) if parts.password else None)
