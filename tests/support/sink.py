"""An outside world: an HTTP server in its own process that writes down every call before it answers.

The query says how to answer: `status=503`, `fail_first=2` (so many calls of this path get 503),
`delay=1.5` seconds before the answer, `drip=10` bytes of body one per second, `size=1000000` bytes,
`odd=nul` a body that is hard to keep (see `_ODD`).
"""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from commands import children
from tests.support.programs import free_port
from tests.support.waiting import wait_until

_ROOT = Path(__file__).resolve().parents[2]

_ODD = {
    "nul": b"before\0after", "invalid": b"caf\xe9 \xff\xfe\x80 end",
    "surrogate": b'{"text": "\\ud800 \\u0000"}',
    "deep": b"[" * 5_000 + b"]" * 5_000,
}


class Sink:
    """The sink as a test sees it."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._file = folder / "calls.jsonl"
        self._forgotten = set[int]()

    def start(self) -> None:
        self._process: subprocess.Popen[bytes] = children.start(
            [sys.executable, "-m", "tests.support.sink", str(self.port), str(self._file)],
            {**os.environ, "PYTHONPATH": str(_ROOT)},
        )
        wait_until(self._file.exists)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def calls(self, path: str | None = None) -> list[dict[str, Any]]:
        """Return what was called, in order: `at method path key body`."""
        return [call for number, call in self._read()
                if number not in self._forgotten and path in (None, call["path"])]

    def forget(self, but: Collection[str]) -> None:
        """Leave out what was called until now, but for calls with one of these keys."""
        self._forgotten = {number for number, call in self._read() if call["key"] not in but}

    def _read(self) -> list[tuple[int, dict[str, Any]]]:
        lines = enumerate(self._file.read_text().splitlines())
        return [(number, json.loads(line)) for number, line in lines if line.endswith("}")]


class _Handler(BaseHTTPRequestHandler):
    file: Path
    seen: Counter[str] = Counter()

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        wishes = {name: values[-1] for name, values in parse_qs(address.query).items()}
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.seen[address.path] += 1
        self._note(address.path, body)
        time.sleep(float(wishes.get("delay", 0)))
        self._answer(wishes, self.seen[address.path])

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def _note(self, path: str, body: bytes) -> None:
        call = {"at": time.time(), "method": self.command, "path": path,
                "key": self.headers.get("Idempotency-Key"), "body": body.decode("utf-8", "replace")}
        with open(self.file, "a") as file:
            file.write(json.dumps(call) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def _answer(self, wishes: dict[str, str], nth: int) -> None:
        fails = nth <= int(wishes.get("fail_first", 0))
        drip = int(wishes.get("drip", 0))
        content = _ODD.get(wishes.get("odd", ""), b"x" * (drip or int(wishes.get("size", 0))))
        content = content or json.dumps({"ok": True, "nth": nth}).encode()
        self.send_response(503 if fails else int(wishes.get("status", 200)))
        self.send_header("Content-Type", "application/json" if content[:1] in b"{[" else "text/plain")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        for piece in ([content[i:i + 1] for i in range(drip)] if drip else [content]):
            self.wfile.write(piece)
            time.sleep(1 if drip else 0)

    def log_message(self, *_words: Any) -> None:
        """Stay quiet."""


@contextmanager
def running(folder: Path) -> Iterator[Sink]:
    sink = Sink(folder)
    sink.start()
    try:
        yield sink
    finally:
        sink.stop()


def main(port: str, file: str) -> None:
    _Handler.file = Path(file)
    server = ThreadingHTTPServer(("127.0.0.1", int(port)), _Handler)
    _Handler.file.touch()
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
