"""One open socket: what waits to be sent to it, and the loop that sends it."""

import queue
import socket
import struct
import threading
from dataclasses import dataclass, field
from typing import Any, Final

from simple_websocket import ConnectionClosed, Server

from blueprints.live.topics import Topic
from engine.domain.people.roles import Person

# Close codes. The pages come back by themselves after all but the first.
LOST_PERMISSION: Final = 1008
FAILED: Final = 1011
RESTARTING: Final = 1012
TRY_AGAIN: Final = 1013

_LONGEST_QUEUE: Final = 32
_SEND_SECONDS: Final = 5
_GLANCE_SECONDS: Final = 1.0


@dataclass(eq=False)
class Watcher:
    """The hub puts messages in and may ask to close; only the socket's own thread sends."""

    topic: Topic
    person: Person
    session_id: str
    place: str
    is_fresh: bool = True
    closing: int | None = None
    _messages: queue.Queue[str] = field(default_factory=lambda: queue.Queue(_LONGEST_QUEUE))

    def put(self, message: str) -> None:
        """Add a message; who reads too slowly to take it is sent away, to come back and catch up."""
        try:
            self._messages.put_nowait(message)
        except queue.Full:
            self.closing = TRY_AGAIN

    def next_message(self) -> str | None:
        try:
            return self._messages.get(timeout=_GLANCE_SECONDS)
        except queue.Empty:
            return None


class OrderlySocket:
    """A socket whose messages never mix: the library answers pings from another thread, and sends in part."""

    def __init__(self, sock: socket.socket) -> None:
        timeout = struct.pack("ll", _SEND_SECONDS, 0)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeout)
        self._sock, self._lock = sock, threading.Lock()

    def send(self, data: bytes) -> None:
        with self._lock:
            self._sock.sendall(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


def serve(ws: Server, watcher: Watcher, is_stopping: Any) -> None:
    """Send what the hub gives until either side has enough."""
    ws.sock = OrderlySocket(ws.sock)
    try:
        while (code := _reason_to_close(ws, watcher, is_stopping)) is None:
            if message := watcher.next_message():
                ws.send(message)
        ws.close(code)
    except OSError:
        ws.connected = False  # it does not read; a farewell would block once more


def _reason_to_close(ws: Server, watcher: Watcher, is_stopping: Any) -> int | None:
    if not ws.connected:
        raise ConnectionClosed
    if ws.receive(timeout=0) is not None:
        return LOST_PERMISSION  # nothing is to be said here
    return RESTARTING if is_stopping() else watcher.closing
