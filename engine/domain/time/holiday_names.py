"""What the public holidays of a country are called, and in which country."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

import holidays
from babel import Locale

from engine.domain.time.calendars import country_of, is_country


def public_holidays(references: Iterable[str], days: Iterable[date]) -> dict[date, list[str]]:
    """Return the names of the holidays among `days`, such as "Christmas Day (Germany)"."""
    names: dict[date, list[str]] = {}
    countries = sorted(filter(is_country, references))
    for day in days if countries else ():
        for reference in countries:
            name = _named(reference, day.year).get(day)
            if name:
                names.setdefault(day, []).append(f"{name} ({_place(reference)})")
    return names


@lru_cache(maxsize=256)
def _named(reference: str, year: int) -> dict[date, str]:
    country, region = country_of(reference)
    found = holidays.country_holidays(country, subdiv=region or None, years=year, language="en_US")
    return dict(found)


@lru_cache(maxsize=256)
def _place(reference: str) -> str:
    country, region = country_of(reference)
    name = Locale("en").territories.get(country, country)
    return f"{name}, {region}" if region else name
