"""One HTTP call for a step: guarded, bounded in time and size, redirects under control."""

import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import TracebackType
from typing import Final, Self

import httpcore2
import httpx2

from engine.domain.errors import StepFailed
from engine.steps._context import NetworkPolicy
from engine.steps._guard import Resolve, blocked
from engine.steps._network import Exchange, GuardedBackend

MAX_REDIRECTS: Final = 5
_SAFE_METHODS: Final = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Call:
    """What to ask. `own_headers` may travel to another host, `headers` never do.

    An answer of more than `max_bytes` is a failure, or ends there when `may_cut`.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    own_headers: Mapping[str, str]
    content: bytes | None
    follow_redirects: bool
    max_bytes: int
    may_cut: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: httpx2.Headers
    charset: str | None
    body: bytes
    url: str
    is_cut: bool = False


def ask(call: Call, policy: NetworkPolicy, exchange: Exchange, resolve: Resolve) -> Answer:
    """Make the call and read the whole answer, or raise `StepFailed` with the reason."""
    try:
        with _Client(policy, exchange, resolve) as client:
            return _ask(client, call, exchange)
    except httpx2.DecodingError as error:
        raise exchange.failed(
            f"The answer of {exchange.host} arrived damaged.", "transient", "net.closed"
        ) from error
    except (httpx2.InvalidURL, httpx2.UnsupportedProtocol, httpcore2.UnsupportedProtocol) as error:
        raise exchange.failed(
            f"{exchange.host} sent us on to an address we can't use.", "logic", "http.3xx"
        ) from error
    except (httpcore2.LocalProtocolError, httpx2.LocalProtocolError) as error:
        raise exchange.failed(
            f"The request can't be sent like this: {error}.", "data", "data.type"
        ) from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError, httpx2.TransportError) as error:
        raise exchange.failed(
            f"{exchange.host} ended the connection before it had answered.",
            "transient", "net.closed",
        ) from error


def _ask(client: "_Client", call: Call, exchange: Exchange) -> Answer:
    request = httpx2.Request(
        call.method, call.url, headers={**call.own_headers, **call.headers}, content=call.content
    )
    for _ in range(MAX_REDIRECTS + 1):
        response = client.send(request)
        following = response.next_request if call.follow_redirects else None
        if following is None:
            return _read(response, call, exchange)
        response.close()
        request = _redirected(request, following, call)
    raise exchange.failed(
        f"{exchange.host} sent us on more than {MAX_REDIRECTS} times.", "logic", "http.3xx"
    )


def _redirected(
    request: httpx2.Request, following: httpx2.Request, call: Call
) -> httpx2.Request:
    if following.url.origin == request.url.origin:
        return following
    if following.method not in _SAFE_METHODS:
        raise StepFailed(
            f"{request.url.host} sent us on to {following.url.host}. What this step sends is not "
            "passed on to another host. Use that address in the step.",
            error_class="logic", code="http.3xx",
            detail={"host": request.url.host, "location": str(following.url), "sent": True},
        )
    return httpx2.Request(following.method, following.url, headers=call.own_headers)


def _read(response: httpx2.Response, call: Call, exchange: Exchange) -> Answer:
    body = bytearray()
    for piece in response.iter_bytes():
        exchange.left()
        body += piece
        if len(body) > call.max_bytes and call.may_cut:
            break
        if len(body) > call.max_bytes:
            raise exchange.failed(
                f"The answer is larger than {call.max_bytes:,} bytes.", "data", "limit.size",
                limit=call.max_bytes,
            )
    url = str(response.request.url.copy_with(userinfo=b"", fragment=None))
    return Answer(
        response.status_code, response.headers, response.charset_encoding,
        bytes(body[:call.max_bytes]), url, is_cut=len(body) > call.max_bytes,
    )


class _Client:
    """A client over guarded connections that knows no proxies, no environment and no cookies."""

    def __init__(self, policy: NetworkPolicy, exchange: Exchange, resolve: Resolve) -> None:
        self._transport = _Transport(GuardedBackend(policy, exchange, resolve))
        self._client = httpx2.Client(transport=self._transport, trust_env=False, timeout=None)

    def send(self, request: httpx2.Request) -> httpx2.Response:
        if request.url.scheme not in ("http", "https") or not request.url.host:
            raise blocked(request.url.host or str(request.url), request.url.port or 0)
        self._client.cookies.clear()
        return self._client.send(request, stream=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._client.close()


class _Transport(httpx2.BaseTransport):
    """Hands requests to a pool whose connections are ours."""

    def __init__(self, backend: GuardedBackend) -> None:
        self._pool = httpcore2.ConnectionPool(
            ssl_context=_certificates(), network_backend=backend, max_connections=1
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        answer = self._pool.handle_request(
            httpcore2.Request(
                request.method,
                httpcore2.URL(
                    scheme=request.url.raw_scheme, host=request.url.raw_host,
                    port=request.url.port, target=request.url.raw_path,
                ),
                headers=request.headers.raw, content=request.stream, extensions={},
            )
        )
        return httpx2.Response(
            answer.status, headers=answer.headers, stream=_Body(answer), extensions={}
        )

    def close(self) -> None:
        self._pool.close()


class _Body(httpx2.SyncByteStream):
    def __init__(self, answer: httpcore2.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


@cache
def _certificates() -> ssl.SSLContext:
    """Reading the certificates takes a while, so it is done once."""
    return httpx2.create_ssl_context(trust_env=False)
