"""Every reason a due time can have, in words. The same words serve lists, pages and the day in full."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from engine.domain.time.clock_changes import local_time
from engine.domain.time.durations import in_words
from engine.domain.words import clock_text, counted, day_text

ON_TIME: Final = timedelta(minutes=1)

# What `occurrences.reason` can hold; {by} and {note} come with the row.
NO_RUN: Final[dict[str, str]] = {
    "covered": "the app was off, and a later time ran in its place",
    "too_old": "the app was off, and came back too late to make up for it",
    "skip_missed": "the app was off, and this start does not make up for missed times",
    "over_limit": "the app was off, and only so many missed times are made up for",
    "asked": "the app was off, and somebody has to say whether to run it now",
    "dismissed": "the app was off, and {by} decided not to make up for it",
    "too_late": "it came later than this start allows",
    "still_running": "the previous run was still going",
    "queue_full": "the line behind the previous run was full",
    "replaced": "a later run took its place before it began",
    "brake": "everything was held by {by}",
    "skipped_by": "{by} decided to skip it",
    "moved": "{by} moved it to {to}",
    "edited": "its schedule was changed in the second it was due",
    "paused": "it was paused or switched off in the second it was due",
    "removed": "its start was removed in the second it was due",
    "auto_paused": "its start was paused after failures in the second it was due",
    "error": "its start was stopped by an error when it was due",
}
WITH_RUN: Final[dict[str, str]] = {
    "run_early": "{by} ran it early",
    "released": "{by} decided to make up for it",
}
# Why nothing was due at a time at which the bare rule has one, or the start once had.
NOT_PLANNED: Final[dict[str, str]] = {
    "not_started": "this start begins later",
    "ended": "this start has ended",
    "holiday": "it was a day off{named}",
    "moved_off_holiday": "it was a day off{named}, so it moved to a working day",
    "outside_hours": "it was outside the hours of this start",
    "waited_for_hours": "it was outside the hours of this start, so it waited until they began",
    "left_out": "this start leaves this time out",
    "blackout": "there was a blackout{named}",
    "workflow_paused": "the workflow was paused by {by}",
    "workflow_off": "the workflow was switched off by {by}",
    "workflow_draft": "the workflow was not switched on yet",
    "start_off": "this start was switched off by {by}",
    "start_paused": "this start was paused after failures",
    "start_error": "this start was stopped by an error",
    "unknown": "nothing is on record about it",
}
_SOMEBODY: Final = "somebody"


def why(reason: str | None, data: Mapping[str, Any] | None, zone: str) -> str:
    """Return the clause that says why, such as "the previous run was still going"."""
    found = {**NOT_PLANNED, **WITH_RUN, **NO_RUN}.get(reason or "")
    if found is None:
        return (reason or "no reason is on record").replace("_", " ")
    given = dict(data or {})
    to = moment_text(datetime.fromisoformat(given["to"]), zone) if given.get("to") else "another time"
    named = f" ({given['named']})" if given.get("named") else ""
    clause = found.format(by=given.get("by") or _SOMEBODY, to=to, named=named)
    note = f": {given['note']}" if given.get("note") else ""
    others = int(given.get("count", 1)) - 1
    return f"{clause}{note}" + (f" (so it was for {counted(others, 'more time')})" if others else "")


def why_none(reason: str | None, data: Mapping[str, Any] | None, zone: str) -> str:
    """Return it as a sentence of its own, for lists."""
    clause = why(reason, data, zone)
    return clause[:1].upper() + clause[1:]


def ran(scheduled_at: datetime, started_at: datetime, zone: str, reason: str | None,
        data: Mapping[str, Any] | None) -> str:
    """Say when a due time really ran."""
    because = f": {why(reason, data, zone)}" if reason else ""
    late = started_at - scheduled_at
    if late > ON_TIME:
        return f"Ran {in_words(late)} late, at {moment_text(started_at, zone)}{because}."
    if late < -ON_TIME:
        return f"Ran {in_words(-late)} early, at {moment_text(started_at, zone)}{because}."
    return f"Ran on time{because}."


def off_between(started_at: datetime, ended_at: datetime, zone: str) -> str:
    return f"The app was off from {moment_text(started_at, zone)} to {moment_text(ended_at, zone)}."


def moment_text(moment: datetime, zone: str) -> str:
    """Write "Mon 9 Mar, 8:00 am"."""
    local = local_time(moment, zone)
    return f"{day_text(local)}, {clock_text(local)}"
