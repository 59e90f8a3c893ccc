"""What a schedule means, before anything is kept."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apiflask import APIBlueprint
from flask_login import current_user

from blueprints.schemas import schedules as schemas
from blueprints.schemas.base import Answer
from blueprints.shared.extensions import reading
from blueprints.shared.security import requires
from engine import clock
from engine.domain.due.absences import absence
from engine.domain.phrases.phrases import parse_phrase
from engine.domain.phrases.switches import switches
from engine.domain.schedules.clock_touches import clock_choices
from engine.domain.schedules.schedules import Schedule, to_document
from engine.domain.schedules.sentences import sentence, warnings
from engine.domain.timetables.frequencies import frequency
from engine.domain.timetables.occurrences import occurrences
from engine.domain.timetables.patterns import as_pattern
from engine.queries.times import omissions, schedule_changes, surroundings
from engine.queries.visibility import may_see
from engine.queries.workflows import workflows

bp = APIBlueprint("api_schedules", __name__, url_prefix="/api/schedules", tag="Schedules")


@bp.post("/preview")
@bp.input(schemas.PreviewOrder, arg_name="order")
@bp.output(schemas.Preview)
@bp.doc(security="token")
@requires("viewer")
def preview(order: schemas.PreviewOrder) -> Answer:
    """Say a schedule in words and list its next times, as calendars and blackouts leave them."""
    at = clock.now()
    schedule = schemas.read_schedule(order.schedule, at, current_user.timezone)
    after = order.after or at
    pattern = as_pattern(schedule, at)
    around = surroundings.one(reading(), order.compare_with or "", after=after)
    times = list(occurrences(schedule, after, limit=order.count, around=around))
    off = absence(schedule, after, around)
    often = frequency(schedule, after)
    assumptions, others = _assumptions(order.schedule, at)
    return schemas.Preview(
        schedule=to_document(schedule), sentence=sentence(schedule),
        assumptions=assumptions, switches=others, next=times,
        warnings=[schemas.Warning.model_validate(warning)
                  for warning in warnings(schedule, after, viewer=current_user.timezone)],
        clock_choices=[schemas.ClockChoice.model_validate(choice)
                       for choice in clock_choices(schedule, after)],
        if_off=schemas.Absence.model_validate(off) if off else None,
        frequency=schemas.Frequency.model_validate(often) if often else None,
        omissions=[schemas.Omission.model_validate(left_out)
                   for left_out in (
                       omissions.until(reading(), schedule, around, after, times[-1]) if times else ())],
        pattern=to_document(pattern) if pattern else None,
        changes=_changes(order.compare_with, schedule, at),
    )


def _assumptions(written: Mapping[str, Any], at: datetime) -> tuple[list[str], dict[str, str]]:
    """Return what a phrase leaves open, and the phrases that mean the other half of the day."""
    if "say" not in written:
        return [], {}
    zone = written.get("timezone") or current_user.timezone
    return parse_phrase(written["say"], at, zone)[1], switches(written["say"], at, zone)


def _changes(trigger_id: str | None, schedule: Schedule, at: datetime) -> schemas.Changes | None:
    if trigger_id is None:
        return None
    start = workflows.trigger(reading(), may_see(current_user), trigger_id)
    return schemas.Changes.model_validate(schedule_changes.against_stored(reading(), start, schedule, at))
