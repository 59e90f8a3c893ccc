"""The one file that reads the environment."""

import hashlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote
from zoneinfo import available_timezones

from dotenv import dotenv_values

from engine.domain.errors import Invalid
from engine.domain.people import mail_servers
from engine.domain.people.mail_servers import MailServer
from engine.domain.runs import payloads
from engine.domain.runs.states import LONGEST_LEASE

_KNOWN = frozenset({
    "CARILLON_HOME", "CARILLON_BASE_URL", "CARILLON_TZ", "CARILLON_ALLOW_HOSTS",
    "CARILLON_BIND", "CARILLON_SYNCHRONOUS", "CARILLON_FAULT", "CARILLON_LEASE_SECONDS",
    "CARILLON_PROXIES", "CARILLON_MAX_PAYLOAD", mail_servers.URL, mail_servers.FROM,
})

_LONGEST_SOCKET_PATH = 107
_LONGEST_LEASE = int(LONGEST_LEASE.total_seconds())


@dataclass(frozen=True)
class Settings:
    """Everything that can be set from outside. `unknown` lists misspelt CARILLON_ names."""

    home: Path
    port: int
    bind: str
    database_url: str
    redis_url: str
    embedded_redis: bool
    base_url: str
    timezone: str
    workers: int
    worker_threads: int
    synchronous: str
    allow_hosts: tuple[str, ...]
    lease: timedelta
    proxies: int
    max_payload: int
    mail_server: MailServer | None
    fault: str
    unknown: tuple[str, ...]

    @property
    def redis_socket(self) -> Path:
        """Where the embedded server listens."""
        return _redis_socket(self.home)

    def secret_key(self) -> str:
        """Return this installation's signing key, made on first use, readable by its owner only."""
        path = self.home / "secret.key"
        if not path.exists():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(48))
        return path.read_text()


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read settings from `environ` (default: the process's, with `.env` beneath it).

    Raises `Invalid` naming the variable that can't be used.
    """
    if environ is None:
        dotenv = {key: value for key, value in dotenv_values(".env").items() if value is not None}
        environ = {**dotenv, **os.environ}
    home, port = Path(environ.get("CARILLON_HOME", "data")).resolve(), _whole(environ, "PORT", 8000)
    redis_url = environ.get("REDIS_URL", "")
    return Settings(
        home=home,
        port=port,
        bind=environ.get("CARILLON_BIND", "127.0.0.1"),
        database_url=_database_url(environ.get("DATABASE_URL", ""), home),
        redis_url=redis_url or f"unix://{quote(str(_redis_socket(home)))}",
        embedded_redis=not redis_url,
        base_url=environ.get("CARILLON_BASE_URL", f"http://localhost:{port}").rstrip("/"),
        timezone=_zone(environ.get("CARILLON_TZ", "")),
        workers=_whole(environ, "WORKERS", os.cpu_count() or 1),
        worker_threads=_whole(environ, "WORKER_THREADS", 5),
        synchronous=_one_of(environ, "CARILLON_SYNCHRONOUS", ("FULL", "NORMAL")),
        allow_hosts=tuple(environ.get("CARILLON_ALLOW_HOSTS", "").replace(",", " ").split()),
        lease=timedelta(seconds=_whole(environ, "CARILLON_LEASE_SECONDS", 15, most=_LONGEST_LEASE)),
        proxies=_whole(environ, "CARILLON_PROXIES", 0, least=0),
        max_payload=_whole(environ, "CARILLON_MAX_PAYLOAD", payloads.KEPT, least=10_000),
        mail_server=mail_servers.mail_server(environ),
        fault=environ.get("CARILLON_FAULT", ""),
        unknown=tuple(sorted(n for n in environ if n.startswith("CARILLON_") and n not in _KNOWN)),
    )


def _redis_socket(home: Path) -> Path:
    """Return a path the kernel accepts; under a deep home it is a private folder among the temporary ones."""
    path = home / "redis.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    return Path(f"/tmp/carillon-{os.getuid()}-{digest}/redis.sock")  # noqa: S108 – its owner is checked


def _database_url(text: str, home: Path) -> str:
    if not text:
        return f"sqlite:///{home / 'carillon.db'}"
    scheme, separator, rest = text.partition("://")
    if scheme in ("postgres", "postgresql"):
        return f"postgresql+psycopg{separator}{rest}"
    return text


def _whole(
    environ: Mapping[str, str], name: str, default: int, least: int = 1, most: int | None = None
) -> int:
    text = environ.get(name, "") or str(default)
    if not text.isdecimal() or int(text) < least:
        raise Invalid(f"{name} must be a whole number of {least} or more. It is “{text}”.", field=name)
    if most is not None and int(text) > most:
        raise Invalid(f"{name} must be {most} at most. It is “{text}”.", field=name)
    return int(text)


def _one_of(environ: Mapping[str, str], name: str, words: tuple[str, ...]) -> str:
    text = (environ.get(name, "") or words[0]).upper()
    if text not in words:
        raise Invalid(f"{name} must be one of {', '.join(words)}. It is “{text}”.", field=name)
    return text


def _zone(name: str) -> str:
    if name and name not in available_timezones():
        raise Invalid(
            f"CARILLON_TZ must be a time zone name such as Europe/Berlin. It is “{name}”.",
            field="CARILLON_TZ",
        )
    return name or "UTC"
