"""What is said about a run or a due time: beside its chip, beneath its name, and who started it."""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import Blueprint

from blueprints.shared.formats import clock_words
from blueprints.shared.words import is_unusual
from engine.domain.data.sizes import size_words
from engine.domain.due.reasons import why_none
from engine.domain.runs import payloads, states
from engine.domain.runs.unanswered import when_unanswered
from engine.domain.runs.waiting import waiting_words
from engine.domain.words import counted, day_text

_STARTERS: Final = {
    "schedule": "Schedule", "manual": "Run now", "api": "Another program", "webhook": "Web address",
    "source": "Source", "workflow": "Another workflow",
}
_STARTED_HOW: Final = {
    "schedule": "started by its schedule", "manual": "started with Run now",
    "api": "started by another program", "webhook": "started by a call to its web address",
    "source": "started by its source", "workflow": "started by another workflow",
}
_REPEATED: Final = {
    "rerun": "Run again from the start", "resume": "Continued", "skip": "Without the failed step",
    "replay": "With changed data",
}
STARTERS: Final = tuple(_STARTERS.items())

_IN_LINE: Final = {"overlap": "after the previous run"}
_LONGEST: Final = 200
_MOST_VALUES: Final = 3000
_BEGINNINGS: Final = (payloads.SHOWN, 32_000, 4_000)
_DEEPEST: Final = 12
_STOPPED_BY: Final = "stopped_by:"
_SKIPPED_BY: Final = "skipped_by:"


def install(bp: Blueprint) -> None:
    """Give every template the filters and tests a row of a run needs."""
    for words in (starter, started_how, first_upper, progress, why, why_not, stopper, skipper,
                  repeated_how, look_reason, when_unanswered, waiting_words):
        bp.add_app_template_filter(words)
    for status in (*states.STEP_STATUSES, *states.WORKFLOW_STATES):
        bp.add_app_template_test(status.__eq__, status)
    bp.add_app_template_filter(payloads.size_of, "json_size")
    bp.add_app_template_filter(size_words)
    bp.add_app_template_filter(counted)
    bp.add_app_template_filter(beginning)
    bp.add_app_template_test(is_big, "big")
    bp.add_app_template_test(is_table, "table")
    bp.add_app_template_test(is_unusual, "unusual")
    bp.add_app_template_test(states.can_be_stopped, "live")
    bp.add_app_template_test(_is_stoppable, "stoppable")
    bp.add_app_template_test(_is_repeatable, "repeatable")
    bp.add_app_template_test(_is_worth_repeating, "worth_repeating")


def starter(started_by: str) -> str:
    return _STARTERS.get(started_by, started_by)


def started_how(started_by: str, is_dry: bool = False) -> str:
    if is_dry and started_by == "manual":
        return "started with Dry run"
    return _STARTED_HOW.get(started_by, f"started by {started_by}")


def first_upper(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def repeated_how(kind: str | None) -> str:
    """Return how a run repeats another one; those of old had no word for it."""
    return _REPEATED[kind or "rerun"]


def look_reason(run: Any) -> str | None:
    """Return the reason that gives a status words of its own; what looks unusual says so first."""
    if is_unusual(run):
        return states.UNUSUAL
    return str(run.reason) if run.reason else None


def progress(run: Any, zone: str) -> str | None:
    """Return what stands beside the chip: "step 2 of 5", "at 9:02 am, attempt 2", "by Ann"."""
    if run.status == states.RUNNING and run.steps_begun:
        return f"step {min(run.steps_begun, run.step_count)} of {run.step_count}"
    if run.status == states.PENDING and run.reason in _IN_LINE:
        return _IN_LINE[run.reason]
    if run.status == states.WAITING and run.wake_at:
        return _waiting(run, zone)
    if run.status == states.CANCELLED and (name := stopper(run)):
        return f"by {name}"
    return "ended early" if run.reason == "ended_early" else None


def why(run: Any) -> str:
    """Return the one line a failed run carries; empty for others."""
    if run.status != states.FAILED:
        return ""
    lines = (run.error_message or "").strip().splitlines() or ["It did not say why"]
    return _short(lines[0])


def why_not(missed: Any, zone: str = "UTC") -> str:
    """Return why a due time had no run."""
    return why_none(missed.reason, getattr(missed, "reason_data", None), zone)


def stopper(run: Any) -> str:
    """Return the name of who stopped the run; empty when nobody did."""
    return _named(run.reason, _STOPPED_BY)


def skipper(step: Any) -> str:
    """Return the name of who left the step out; empty when nobody did."""
    return _named(step.reason, _SKIPPED_BY)


def is_big(value: Any) -> bool:
    """Whether data is too much, or too deep, to be drawn as a tree."""
    seen, level = 0, [value]
    for _ in range(_DEEPEST):
        seen += sum(1 + len(one) // 100 if isinstance(one, str) else 1 for one in level)
        if seen > _MOST_VALUES:
            return True
        level = [inner for one in level for inner in _inside(one)]
    return bool(level)


def beginning(value: Any) -> Any:
    """Return as much of big data as a page can draw."""
    for limit in _BEGINNINGS:
        value, _ = payloads.capped(value, limit)
        if not is_big(value):
            return value
    return None


def is_table(value: Any) -> bool:
    """Whether data is a list of things with names, and so can be read as a table."""
    return isinstance(value, list) and bool(value) and all(isinstance(row, Mapping) and row for row in value)


def _is_stoppable(run: Any) -> bool:
    return states.can_be_stopped(run.status)


def _is_repeatable(run: Any) -> bool:
    return states.can_be_repeated(run.status, run.workflow_state)


def _is_worth_repeating(run: Any) -> bool:
    return states.calls_for_repeat(run.status, run.workflow_state)


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, list) else ()


def _named(reason: str | None, prefix: str) -> str:
    return reason.removeprefix(prefix) if reason and reason.startswith(prefix) else ""


def _waiting(run: Any, zone: str) -> str:
    """The day is named where it is not the one the run began on."""
    moments = (run.wake_at, run.started_at or run.queued_at)
    day, began = (moment.astimezone(ZoneInfo(zone)).date() for moment in moments)
    moment = clock_words(run.wake_at, zone)
    moment = moment if day == began else f"{day_text(day)}, {moment}"
    return f"at {moment}, attempt {run.retry_count + 1}" if run.reason == "retry" else f"until {moment}"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
