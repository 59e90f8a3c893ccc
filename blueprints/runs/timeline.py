"""The steps of a run as rows of a timeline: what became of each, and when it was busy."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from blueprints.runs.loops import LoopShown
from blueprints.runs.words import skipper
from blueprints.shared.formats import stretch
from blueprints.shown.steps import Step, block_title
from engine.domain import events
from engine.domain.runs import states
from engine.domain.steps.trees import BLOCKS, IF_FAILS, STEPS, blocks_of
from engine.domain.time.durations import milliseconds_between

Segment = tuple[float, float, str]
_HATCH = "hatch"
_CONDITIONS = ("if", "only_if")
_TOKENS = {events.STEP_COMPLETED: "ok", events.STEP_FAILED: "bad"}


@dataclass(frozen=True)
class StepLine:
    """One step; `row` is None when it has not begun. `title` names the block it is the first of.

    `loop` is what became of the items of a loop; `muted` are steps on a way that was not taken;
    `undecided` is a question of a dry run that only a real answer decides.
    """

    number: str
    key: str
    name: str
    status: str
    reason: str | None
    note: str | None
    row: Any
    segments: Sequence[Segment]
    depth: int = 0
    title: str = ""
    muted: bool = False
    loop: LoopShown | None = None
    position: str = ""
    undecided: bool = False
    took_ms: int | None = None


@dataclass(frozen=True)
class Frame:
    """What the lines of one block of steps have in common. `status` is that of the run, or of the item
    they belong to once it has ended; `tries` are events by step."""

    numbers: Mapping[str, str]
    names: Mapping[str, str]
    rows: Mapping[str, Any]
    status: str
    first: datetime
    last: datetime
    tries: Mapping[str, list[Any]]
    loops: Mapping[str, LoopShown]
    position: str = ""


def lines(steps: Sequence[Step], frame: Frame) -> list[StepLine]:
    """Return a line per step with those inside its blocks, also for what did not run; loops stay closed."""
    return list(_block(steps, frame, 0, "", None))


def _block(
    steps: Sequence[Step], frame: Frame, depth: int, title: str, why_not: str | None
) -> Iterator[StepLine]:
    for index, step in enumerate(steps):
        row = frame.rows.get(step["key"])
        yield _line(step, row, frame, depth, title if index == 0 else "", why_not)
        for name, block in blocks_of(step):
            if name != STEPS:
                yield from _block(block, frame, depth + 1, block_title(step, name),
                                  why_not or _why_not(step, name, row))


def _line(
    step: Step, row: Any, frame: Frame, depth: int, title: str, why_not: str | None
) -> StepLine:
    key, loop = step["key"], frame.loops.get(step["key"])
    status, note = _standing(row, frame.status, why_not)
    is_kept = row is not None and row.completed_at is not None and row.completed_at < frame.first
    if is_kept and not skipper(row):
        note = "kept from the run before"
    return StepLine(
        number=frame.numbers[key], key=key, name=frame.names[key], status=status,
        reason=row.reason if row is not None and row.status == status else None,
        note=loop.words if loop and (loop.count or status != states.FAILED) else note, row=row,
        segments=[] if is_kept else _segments(frame.tries.get(key, []), row, status, frame.first, frame.last),
        depth=depth, title=title,
        muted=row is None and why_not is not None, loop=loop, position=frame.position,
        undecided=_is_undecided(row), took_ms=_took_ms(row, frame.first),
    )


def _standing(row: Any, around: str, why_not: str | None) -> tuple[str, str | None]:
    if row is None:
        if why_not:
            return states.SKIPPED, why_not
        return (states.PENDING, None) if around in states.LIVE else (states.SKIPPED, "did not run")
    if row.status == states.RUNNING and around not in states.LIVE:
        return around, "ended with a step inside"
    if row.status == states.RUNNING and around == states.WAITING:
        return around, "waits with a step inside"
    if row.status == states.SKIPPED:
        return row.status, f"by {name}" if (name := skipper(row)) else "did not run"
    return row.status, "only a real answer decides" if _is_undecided(row) else _tries(row.attempt)


def _why_not(step: Step, block: str, row: Any) -> str | None:
    """Say why the steps of a block do not run; None when they do, or still may."""
    if block == IF_FAILS:
        return None if row is not None and row.status == states.FAILED else "only if that step fails"
    way = _way_taken(row)
    if way is None or way == block:
        return None
    if _is_undecided(row):
        return "not tried: only a real answer decides"
    return f"did not run: it was {'so' if way == 'then' else 'not so'}"


def _way_taken(row: Any) -> str | None:
    """Return the block an if went into; None while that is open."""
    if row is None or row.status not in (states.RUNNING, states.COMPLETED, states.FAILED):
        return None
    if row.status == states.FAILED and row.output is None:
        return None  # it could not even be answered
    if row.status == states.RUNNING or not isinstance(row.output, Mapping):
        return str(row.reason) if row.reason in BLOCKS else None
    return "then" if row.output.get("result") else "otherwise"


def _is_undecided(row: Any) -> bool:
    return row is not None and row.type in _CONDITIONS and "undecided" in (row.output or ())


def _tries(attempt: int) -> str | None:
    return f"{attempt} tries" if attempt > 1 else None


def _segments(
    tries: list[Any], row: Any, status: str, first: datetime, last: datetime
) -> list[Segment]:
    """Return when the step was busy; between two tries it waited."""
    found: list[tuple[datetime, datetime, str]] = []
    began = first if row is not None and _is_taken_over(row, first) else None
    for event in tries:
        if event.event == events.STEP_STARTED:
            if found:
                found.append((found[-1][1], event.at, _HATCH))
            began = event.at
        elif began is not None:
            found.append((began, event.at, _TOKENS[event.event]))
            began = None
    if row is not None and row.started_at and (began or not tries):
        found.append((began or row.started_at, row.completed_at or last, _open_token(status)))
    elif row is not None and row.status == states.WAITING and found:
        found.append((found[-1][1], last, _HATCH))
    return [(*stretch(start, end, first, last), token) for start, end, token in found]


def _is_taken_over(row: Any, first: datetime) -> bool:
    """Whether a step that holds others began in a run before this one, which goes on with it."""
    return row.started_at is not None and row.started_at < first and (row.completed_at or first) >= first


def _took_ms(row: Any, first: datetime) -> int | None:
    """Return how long a step took; of one that was taken over, how long it took here."""
    if row is None or row.duration_ms is None:
        return None
    is_here = row.completed_at is not None and _is_taken_over(row, first)
    return milliseconds_between(first, row.completed_at) if is_here else int(row.duration_ms)


def _open_token(status: str) -> str:
    return {states.WAITING: _HATCH, states.RUNNING: "run", states.COMPLETED: "ok",
            states.FAILED: "bad"}.get(status, "idle")
