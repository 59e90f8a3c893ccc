"""Where a zone's clock jumps, and which moment a local time means around a jump."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from engine.domain.errors import Invalid
from engine.domain.time.zones import check_zone

FirstLocal = Callable[[datetime], datetime | None]
_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)
_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 2500


@dataclass(frozen=True)
class ClockChange:
    """What becomes of a local time that does not exist (`forward`) or comes twice (`back`)."""

    forward: str = "shift"
    back: str = "first"


@dataclass(frozen=True)
class Change:
    """One jump of the clock: wall time goes from `local_before` to `local_after`."""

    at: datetime
    before: timedelta
    after: timedelta

    @property
    def local_before(self) -> datetime:
        return self.at.replace(tzinfo=None) + self.before

    @property
    def local_after(self) -> datetime:
        return self.at.replace(tzinfo=None) + self.after


@dataclass(frozen=True)
class _Stretch:
    """A time of one steady offset between two jumps (or turns of the year)."""

    opening: Change
    closing: Change

    def low(self, choice: ClockChange) -> datetime:
        """The first local time this stretch answers for; before its own start after a gap."""
        was, now = self.opening.local_before, self.opening.local_after
        if was < now:
            return was if choice.forward == "shift" else now
        return was if choice.back == "first" else now

    def high(self, choice: ClockChange) -> datetime:
        was, now = self.closing.local_before, self.closing.local_after
        return min(was, now) if choice.back == "second" else was

    def instant(self, local: datetime) -> datetime:
        return max(self.opening.at, local.replace(tzinfo=UTC) - self.opening.after)


def instants(
    first: FirstLocal, zone: str, after: datetime, choice: ClockChange
) -> Iterator[datetime]:
    """Every moment strictly after `after` at which a local time of `first` comes.

    `first(local)` is the earliest wanted local time at or after `local`.
    """
    last = after = after.astimezone(UTC)
    asked, local = after.replace(tzinfo=None), None
    for low, stretch in _lows(zone, after, choice):
        if local is None or not asked <= low <= local:
            asked, local = low, first(low)
        high = stretch.high(choice)
        while local is not None and local < high:
            moment = stretch.instant(local)
            if moment > last:
                last = moment
                yield moment
            asked = local + _SECOND
            local = first(asked)
        if local is None:
            return


def check_year(moment: date, field: str) -> None:
    """Refuse years for which nobody knows what clocks do."""
    if not _FIRST_YEAR <= moment.year < _LAST_YEAR:
        raise Invalid(f"Choose a year between {_FIRST_YEAR} and {_LAST_YEAR - 1}", field=field)


def instant(local: datetime, zone: str, choice: ClockChange) -> datetime:
    """The moment of one local time; one that does not exist always comes after the gap."""
    aware = local.replace(tzinfo=zone_of(zone), fold=int(choice.back == "second"))
    moment = aware.astimezone(UTC)
    if moment.astimezone(aware.tzinfo).replace(tzinfo=None) == local:
        return moment
    near = changes(zone, moment - _DAY, moment + _DAY)
    return next(change.at for change in near if change.local_after > local)


def local_time(moment: datetime, zone: str) -> datetime:
    """What the clock on the wall shows, without a zone."""
    return moment.astimezone(zone_of(zone)).replace(tzinfo=None, fold=0)


def changes(zone: str, after: datetime, until: datetime) -> Iterator[Change]:
    """Every jump after `after`, up to and including `until`."""
    for year in range(after.year, until.year + 1):
        yield from (change for change in _changes_in(zone, year) if after < change.at <= until)


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    return ZoneInfo(check_zone(name))


def _lows(zone: str, after: datetime, choice: ClockChange) -> Iterator[tuple[datetime, _Stretch]]:
    stretches = _stretches(zone, after)
    current = next(stretches, None)
    if current is None:
        return
    # The next second: rules name whole seconds, and this one is `after` itself, which never counts.
    here = after.replace(tzinfo=None, microsecond=0) + current.opening.after + _SECOND
    yield max(here, current.low(choice)), current
    for stretch in stretches:
        yield stretch.low(choice), stretch


def _stretches(zone: str, after: datetime) -> Iterator[_Stretch]:
    for year in range(after.year, _LAST_YEAR + 50):
        for stretch in _stretches_in(zone, year):
            if stretch.closing.at > after:
                yield stretch


@lru_cache(maxsize=8192)
def _stretches_in(zone: str, year: int) -> tuple[_Stretch, ...]:
    """The stretches that end in `year`; the turn of the year ends one without a jump."""
    edges = [_edge(zone, year - 1), *_changes_in(zone, year)]
    if edges[-1].at < _turn(year):
        edges.append(_edge(zone, year))
    return tuple(_Stretch(opening, closing) for opening, closing in pairwise(edges))


def _edge(zone: str, year: int) -> Change:
    """The end of `year`, which may itself be a jump."""
    jump = next((change for change in _changes_in(zone, year) if change.at == _turn(year)), None)
    offset = _offset(zone, _turn(year))
    return jump or Change(_turn(year), offset, offset)


@lru_cache(maxsize=8192)
def _changes_in(zone: str, year: int) -> tuple[Change, ...]:
    found = []
    earlier = _turn(year - 1)
    while earlier < _turn(year):
        later = earlier + _DAY
        before, after = _offset(zone, earlier), _offset(zone, later)
        if before != after:
            found.append(Change(_jump_between(zone, earlier, later), before, after))
        earlier = later
    return tuple(found)


def _jump_between(zone: str, earlier: datetime, later: datetime) -> datetime:
    before = _offset(zone, earlier)
    while later - earlier > _SECOND:
        middle = (earlier + (later - earlier) / 2).replace(microsecond=0)
        earlier, later = (middle, later) if _offset(zone, middle) == before else (earlier, middle)
    return later


def _turn(year: int) -> datetime:
    return datetime(year + 1, 1, 1, tzinfo=UTC)


def _offset(zone: str, moment: datetime) -> timedelta:
    return moment.astimezone(zone_of(zone)).utcoffset() or timedelta()
