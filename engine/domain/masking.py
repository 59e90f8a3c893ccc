"""Hiding what looks like a secret before it reaches history."""

from typing import Any, Final

MASK: Final = "••••"
_TELLING: Final = (
    "authorization", "cookie", "password", "passwd", "secret", "token", "api-key", "api_key", "apikey",
)


def masked(value: Any) -> Any:
    """Return `value` with everything filed under a telling name replaced by dots."""
    if isinstance(value, dict):
        return {
            key: MASK if _tells(str(key)) and item else masked(item) for key, item in value.items()
        }
    if isinstance(value, list):
        return [masked(item) for item in value]
    return value


def _tells(name: str) -> bool:
    lowered = name.lower()
    return any(word in lowered for word in _TELLING)
