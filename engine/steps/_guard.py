"""Which addresses a step may connect to: public ones, and what an administrator allows."""

from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from engine.domain.errors import StepFailed
from engine.steps._context import NetworkPolicy

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Sequence[str]]

# What the standard library calls global on some versions, though it leads inside or nowhere:
# protocol assignments (with Oracle's metadata address), 6to4 relay, and Azure's host agent.
_CLOSED_V4: Final = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "192.0.0.0/24", "192.88.99.0/24",
        "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
    )
)
# Global unicast only; inside it, ranges that carry another (perhaps private) address or are
# reserved: Teredo and other protocol assignments, documentation, 6to4. Everything else, such as
# ::ffff:…, ::127.0.0.1 and NAT64's 64:ff9b::, lies outside 2000::/3.
_OPEN_V6: Final = IPv6Network("2000::/3")
_CLOSED_V6: Final = tuple(
    ip_network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)
_FIRST_OPEN_PORT: Final = 1024
_WEB_PORTS: Final = (80, 443)


def checked_addresses(
    host: str, port: int, policy: NetworkPolicy, resolve: Resolve
) -> list[Address]:
    """Resolve `host` once and return its addresses, all fit to connect to; else `net.blocked`."""
    addresses = [ip_address(text) for text in resolve(host, port)]
    for address in addresses:
        if not _is_allowed(host, address, port, policy) and not is_public(address, port):
            raise blocked(host, port)
    return addresses


def is_public(address: Address, port: int = 443) -> bool:
    """True for an address out on the internet, at a port where web servers may answer."""
    if port not in _WEB_PORTS and port < _FIRST_OPEN_PORT:
        return False
    if isinstance(address, IPv4Address):
        closed = any(address in network for network in _CLOSED_V4)
        return address.is_global and not closed
    inside = address in _OPEN_V6 and not any(address in network for network in _CLOSED_V6)
    return inside and address.is_global and address.scope_id is None


def blocked(host: str, port: int) -> StepFailed:
    return StepFailed(
        f"{host} (port {port}) is not a public web address, so this step may not reach it.",
        error_class="logic", code="net.blocked", detail={"host": host, "port": port},
    )


def _is_allowed(host: str, address: Address, port: int, policy: NetworkPolicy) -> bool:
    return any(_covers(entry, host, address, port) for entry in policy.allowed)


def _covers(entry: str, host: str, address: Address, port: int) -> bool:
    name, wanted_port = _split_port(entry.strip().lower())
    if wanted_port is not None and wanted_port != port:
        return False
    try:
        return address in ip_network(name, strict=False)
    except ValueError:
        return name.rstrip(".") == host.lower().rstrip(".")


def _split_port(entry: str) -> tuple[str, int | None]:
    """Part `host:80`, `10.0.0.1:80` or `[::1]:80`; a bare IPv6 address has no port to part."""
    name, colon, port = entry.rpartition(":")
    bare_v6 = ":" in name and not name.endswith("]")
    if not colon or bare_v6 or not port.isdigit():
        return entry.strip("[]"), None
    return name.strip("[]"), int(port)
