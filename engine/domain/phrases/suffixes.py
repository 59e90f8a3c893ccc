"""What may follow a phrase: a zone, a place to count from, and the ends of our own sentences."""

import re
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any, Final
from zoneinfo import available_timezones

from engine.domain.errors import Invalid
from engine.domain.phrases.spelling import DAY, MONTH, MONTHS
from engine.domain.phrases.times import Reading
from engine.domain.time.clock_changes import local_time
from engine.domain.time.zones import check_zone

_ZONE: Final = re.compile(r"(?:\bin )?\b(?P<name>[a-z]+(?:/[a-z_+-]+){1,2}|utc|gmt)(?: time)?$")
_CITY: Final = re.compile(r"(?:\bin )?\b(?P<city>[a-z-]+(?: [a-z]+){0,2}?) time$")
_FROM_DAY: Final = re.compile(
    rf"\bcount(?:ing|ed) from (?:week )?(?:{DAY} )?(?P<d>\d{{1,2}}) (?P<m>{MONTH})(?: (?P<y>\d{{4}}))?"
    r"(?: (?P<h>\d{1,2}):(?P<min>\d\d) (?P<half>am|pm))?$"
)
_FROM_MONTH: Final = re.compile(rf"\bcounting from (?P<m>{MONTH}) (?P<y>\d{{4}})$")
_SHORT_MONTHS: Final = (
    (re.compile(r"\bin shorter month last day$"), "last"),
    (re.compile(r"\bmonth without that day are left out$"), "skip"),
)
_IN_STEP: Final = re.compile(r"(?: quarter hour| hour and every 30 min|(?<=every hour) hour)$")


def take_suffixes(reading: Reading) -> dict[str, Any]:
    """Take the ends off the phrase; returns what they add to the rule."""
    extras: dict[str, Any] = {}
    for pattern, rule in _SHORT_MONTHS:
        if reading.take(pattern):
            extras["short_month"] = rule
    if found := reading.take(_FROM_MONTH):
        extras["anchor"] = date(int(found["y"]), MONTHS.index(found["m"]) + 1, 1).isoformat()
    if found := reading.take(_FROM_DAY):
        extras["anchor"] = _anchor(found, reading)
    _take_zone(reading)
    if reading.rest.startswith("every"):
        reading.take(_IN_STEP)
    return extras


def _take_zone(reading: Reading) -> None:
    if found := reading.take(_ZONE):
        reading.timezone = _zone(found["name"])
        return
    found = _CITY.search(reading.rest)
    while found:
        words = found["city"].split(" ")
        for skipped in range(len(words)):
            city = "_".join(words[skipped:])
            if city in _cities():
                reading.timezone = _nearest(city, reading.timezone)
                reading.take(re.compile(rf"(?:\bin )?\b{' '.join(words[skipped:])} time$"))
                return
        return


def _nearest(city: str, default: str) -> str:
    zones = _cities()[city]
    return default if default in zones else zones[0]


def _zone(name: str) -> str:
    if name in ("utc", "gmt"):
        return "UTC"
    known = {zone.lower(): zone for zone in available_timezones()}
    if name not in known:
        raise Invalid("Choose a time zone from the list", field="say", code="timezone")
    return check_zone(known[name])


@lru_cache(maxsize=1)
def _cities() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for zone in sorted(available_timezones()):
        if "/" in zone and not zone.startswith("Etc"):
            found.setdefault(zone.rpartition("/")[2].lower(), []).append(zone)
    return found


def _anchor(found: re.Match[str], reading: Reading) -> str:
    today = local_time(reading.at, reading.timezone).date()
    month, number = MONTHS.index(found["m"]) + 1, int(found["d"])
    years = [int(found["y"])] if found["y"] else [today.year - 1, today.year, today.year + 1]
    try:
        days = [date(year, month, number) for year in years]
    except ValueError:
        raise Invalid(f"{number} {found['m']} is not a date", field="say", code="phrase.date") from None
    day = min(days, key=lambda day: abs(day - today))
    if found["h"] is None:
        return day.isoformat()
    hour = int(found["h"]) % 12 + (12 if found["half"] == "pm" else 0)
    return datetime.combine(day, time(hour, int(found["min"]))).isoformat(timespec="minutes")
