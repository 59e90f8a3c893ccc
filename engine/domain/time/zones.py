"""Time zones as people choose them."""

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from engine.domain.errors import Invalid

_OLD_AREAS = ("Etc", "US", "Canada", "Brazil", "Chile", "Mexico", "SystemV", "posix", "right")


def check_zone(name: str, field: str = "timezone") -> str:
    """Return `name`, or raise `Invalid` when no such zone exists."""
    if name not in _known():
        raise Invalid("Choose a time zone from the list", field=field)
    return name


def zone_choices(at: datetime) -> list[tuple[str, str]]:
    """Return (name, label) of every zone by city: "Berlin (Europe/Berlin) – now 10:42"."""
    return [(name, f"{city} ({name}) – now {at.astimezone(ZoneInfo(name)):%H:%M}")
            for city, name in _cities()]


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


@lru_cache(maxsize=1)
def _cities() -> list[tuple[str, str]]:
    names = (n for n in _known() if "/" in n and n.split("/")[0] not in _OLD_AREAS)
    return sorted((name.rpartition("/")[2].replace("_", " "), name) for name in [*names, "UTC"])
