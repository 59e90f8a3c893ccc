"""Time zones get new rules now and then: starts in a zone whose rules changed are planned afresh."""

from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Final

from sqlalchemy import select

from engine.db import UnitOfWork
from engine.domain.errors import Invalid
from engine.domain.time.clock_changes import changes, local_time
from engine.models import ProducerSchedule, Setting
from engine.services import settings
from engine.services.planning import schedules

_NAME: Final = "zone_rules"


def follow(uow: UnitOfWork, at: datetime) -> list[str]:
    """Compare the rules of all zones in use with those seen before; return the zones that changed."""
    seen: dict[str, Any] = uow.execute(
        select(Setting.value).where(Setting.name == _NAME)
    ).scalar_one_or_none() or {}
    zones = uow.execute(select(ProducerSchedule.timezone).distinct()).scalars().all()
    changed = [zone for zone in zones
               if zone in seen and seen[zone]["rules"] != _rules(zone, seen[zone]["year"])]
    now = {zone: {"year": at.year, "rules": _rules(zone, at.year)} for zone in zones}
    if now != seen:
        settings.put(uow, _NAME, now, at)
    if changed:
        schedules.replan(uow, at, ProducerSchedule.timezone.in_(changed))
    return changed


def _rules(zone: str, year: int) -> str:
    """A short mark of every change of the clock in that year and the next."""
    start, end = (datetime(first, 1, 1, tzinfo=UTC) for first in (year, year + 2))
    try:
        found = [f"{change.at.isoformat()} {change.after}" for change in changes(zone, start, end)]
        written = " ".join([local_time(start, zone).isoformat(), *found])
    except Invalid:  # its starts are parked, each with its error
        written = "unknown"
    return blake2b(written.encode(), digest_size=8).hexdigest()
