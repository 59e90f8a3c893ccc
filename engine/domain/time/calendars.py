"""Holidays by country, worked out offline, and a company's own days off."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Final

import holidays

from engine.domain.errors import Invalid

_COUNTRY: Final = "country:"
_WEEKEND: Final = frozenset({5, 6})
_MANY_DAYS: Final = 60


@dataclass(frozen=True)
class DaysOff:
    """The days on which people do not work, for the calendars one schedule names."""

    countries: tuple[str, ...] = ()
    own: frozenset[date] = frozenset()

    def is_holiday(self, day: date) -> bool:
        return day in self.own or any(day in _country_days(code, day.year) for code in self.countries)

    def is_working(self, day: date) -> bool:
        weekend = _weekend(self.countries[0]) if self.countries else _WEEKEND
        return day.weekday() not in weekend and not self.is_holiday(day)

    def working_day(self, day: date, step: int) -> date:
        """The nearest working day at or after `day` (`step` 1) or at or before it (-1)."""
        for distance in range(_MANY_DAYS):
            candidate = date.fromordinal(day.toordinal() + step * distance)
            if self.is_working(candidate):
                return candidate
        return day


@dataclass(frozen=True)
class Calendars:
    """The own calendars by id; countries need nothing from outside."""

    own: Mapping[str, frozenset[date]] = field(default_factory=dict)

    def days_off(self, references: tuple[str, ...]) -> DaysOff:
        """Look up "country:DE", "country:DE-BY" and ids of own calendars."""
        countries = tuple(name.removeprefix(_COUNTRY) for name in references if is_country(name))
        own = (self._own_days(name) for name in references if not is_country(name))
        return DaysOff(countries, frozenset().union(*own))

    def _own_days(self, name: str) -> frozenset[date]:
        if name not in self.own:
            raise Invalid(f'The calendar "{name}" is not there any more. Choose another one',
                          field="holidays.calendars", code="calendar.gone")
        return self.own[name]


def is_country(reference: str) -> bool:
    return reference.startswith(_COUNTRY)


def country_of(reference: str) -> tuple[str, str]:
    """Split "country:DE-BY" into ("DE", "BY")."""
    country, _, region = reference.removeprefix(_COUNTRY).partition("-")
    return country, region


def check_country(reference: str, field: str) -> None:
    """Raise `Invalid` unless "country:DE" or "country:DE-BY" is a known one."""
    country, region = country_of(reference)
    regions = _supported().get(country)
    if regions is None or (region and region not in regions):
        raise Invalid(f'There is no holiday calendar for "{reference.removeprefix(_COUNTRY)}"', field=field)


@lru_cache(maxsize=1)
def _supported() -> dict[str, list[str]]:
    return holidays.list_supported_countries()


@lru_cache(maxsize=1024)
def _country_days(code: str, year: int) -> frozenset[date]:
    country, region = country_of(code)
    return frozenset(holidays.country_holidays(country, subdiv=region or None, years=year))


@lru_cache(maxsize=256)
def _weekend(code: str) -> frozenset[int]:
    return frozenset(holidays.country_holidays(country_of(code)[0]).weekend)
