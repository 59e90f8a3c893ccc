"""Real servers on loopback: one that answers what a test tells it, one that speaks raw bytes."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Reply:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Heard:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Server:
    """Answers each path with its `Reply` and keeps what it heard."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply] = {}
        self.heard: list[Heard] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                server.heard.append(Heard(self.command, self.path, headers, body))
                reply = server.replies.get(self.path.partition("?")[0], Reply(404))
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                with suppress(OSError):
                    self.wfile.write(b"" if self.command == "HEAD" else reply.body)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = answer

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.port = self._http.server_address[1]
        self.place = f"127.0.0.1:{self.port}"
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def url(self, path: str) -> str:
        return f"http://{self.place}{path}"

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


@contextmanager
def raw_server(
    talk: Callable[[socket.socket, threading.Event], None], *, greet_first: bool = False
) -> Iterator[str]:
    """Serve one connection with `talk`, which ends when the event is set.

    The request is read before, unless `greet_first`.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve() -> None:
        with suppress(OSError):
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                if not greet_first:
                    connection.recv(65_536)
                talk(connection, over)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        over.set()
        listener.close()
