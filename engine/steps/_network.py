"""Connections for steps: to checked addresses only, and cut at a deadline whatever happens."""

import queue
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from time import monotonic
from typing import Any, Final

import httpcore2

from engine.domain.errors import StepFailed
from engine.domain.time.durations import limit_in_words
from engine.steps._context import NetworkPolicy
from engine.steps._guard import Resolve, checked_addresses

Connect = Callable[[tuple[str, int], float], socket.socket]
_PIECE: Final = 65_536


@dataclass(slots=True)
class Exchange:
    """The clock of one call, over all its redirects, and whether anything was sent yet."""

    host: str
    seconds: float
    ends: float
    cut_by_run: bool = False
    sent: bool = False

    @classmethod
    def begin(cls, host: str, seconds: float, *, cut_by_run: bool) -> "Exchange":
        return cls(host, seconds, monotonic() + seconds, cut_by_run)

    def left(self) -> float:
        left = self.ends - monotonic()
        if left <= 0:
            raise self.timed_out()
        return left

    def timed_out(self) -> StepFailed:
        waited = limit_in_words(self.seconds)
        if self.cut_by_run:
            return self.failed(
                f"This step took longer than {waited}, so we stopped it.", "timeout", "limit.time"
            )
        return self.failed(
            f"{self.host} did not answer within {waited}.", "timeout", "net.timeout"
        )

    def failed(self, message: str, error_class: str, code: str, **detail: Any) -> StepFailed:
        """Build a failure that says how far the call got: nobody may resend what was sent."""
        known = {"host": self.host, "seconds": self.seconds, "sent": self.sent}
        return StepFailed(message, error_class=error_class, code=code, detail=known | detail)


class GuardedBackend(httpcore2.NetworkBackend):
    """Resolves, checks and connects in one go, so the address checked is the address used."""

    def __init__(
        self, policy: NetworkPolicy, exchange: Exchange, resolve: Resolve,
        connect: Connect = socket.create_connection,
    ) -> None:
        self._policy = policy
        self._exchange = exchange
        self._resolve = resolve
        self._connect = connect

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        self._exchange.host = host
        addresses = checked_addresses(host, port, self._policy, self._resolve_in_time)
        return _Stream(self._open([str(address) for address in addresses], port), self._exchange)

    def _resolve_in_time(self, host: str, port: int) -> Sequence[str]:
        """Resolve beside this thread: the system's resolver knows no deadline."""
        if (literal := _literal(host)) is not None:
            return [literal]
        answers: queue.SimpleQueue[Sequence[str] | OSError | UnicodeError] = queue.SimpleQueue()

        def ask() -> None:
            try:
                answers.put(self._resolve(host, port))
            except (OSError, UnicodeError) as error:
                answers.put(error)

        threading.Thread(target=ask, daemon=True).start()
        try:
            answer = answers.get(timeout=self._exchange.left())
        except queue.Empty:
            raise self._exchange.timed_out() from None
        if isinstance(answer, Exception) or not answer:
            raise self._exchange.failed(f"We could not find {host}.", "transient", "net.dns")
        return answer

    def _open(self, addresses: list[str], port: int) -> socket.socket:
        for address in addresses:
            try:
                opened = self._connect((address, port), self._exchange.left())
            except TimeoutError:
                raise self._exchange.timed_out() from None
            except OSError as error:
                refusal = error
                continue
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return opened
        raise self._exchange.failed(
            f"{self._exchange.host} refused the connection.", "transient", "net.refused", port=port
        ) from refusal


class _Stream(httpcore2.NetworkStream):
    """A socket whose every wait ends with the exchange, so a slow drip can't stretch it."""

    def __init__(self, opened: socket.socket, exchange: Exchange) -> None:
        self._socket = opened
        self._exchange = exchange

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            self._socket.settimeout(self._exchange.left())
            return self._socket.recv(max_bytes)
        except TimeoutError:
            raise self._exchange.timed_out() from None
        except OSError as error:
            raise httpcore2.ReadError(str(error)) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._exchange.sent = True
        rest = memoryview(buffer)
        try:
            while rest:
                self._socket.settimeout(self._exchange.left())
                rest = rest[self._socket.send(rest[:_PIECE]) :]
        except TimeoutError:
            raise self._exchange.timed_out() from None
        except OSError as error:
            raise httpcore2.WriteError(str(error)) from error

    def close(self) -> None:
        self._socket.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        try:
            self._socket.settimeout(self._exchange.left())
            secured = ssl_context.wrap_socket(self._socket, server_hostname=server_hostname)
        except TimeoutError:
            self.close()
            raise self._exchange.timed_out() from None
        except OSError as error:
            self.close()
            raise self._unproven(error) from error
        return _Stream(secured, self._exchange)

    def _unproven(self, error: OSError) -> StepFailed:
        reason = getattr(error, "verify_message", "") or "it does not speak TLS the way we expect"
        return self._exchange.failed(
            f"{self._exchange.host} could not prove its identity: {reason}.",
            "logic", "net.tls", reason=reason,
        )


def system_resolve(host: str, port: int) -> Sequence[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _literal(host: str) -> str | None:
    try:
        return str(ip_address(host))
    except ValueError:
        return None
