"""Everything the home page shows, for the page itself, its catch-up and its socket."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median_low
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Row

from blueprints.runs.words import why
from blueprints.shared.formats import relative
from engine.domain.people.roles import Person
from engine.domain.runs import states
from engine.queries.overview import attention, statistics
from engine.queries.overview.next_hours import NextHours, next_hours
from engine.queries.overview.statistics import Figures
from engine.queries.runs import executions, questions
from engine.queries.runs.executions import Filter
from engine.queries.server import health
from engine.queries.times.calendar import Scope
from engine.queries.visibility import may_see
from engine.queries.workflows import names, workflows

_WORKFLOWS: Final = 100
_SHOWN: Final = 20
_RUNNING: Final = 6
_LONGEST: Final = 90
_DAY: Final = timedelta(hours=24)
_WEEK: Final = 7
_LATE: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class Need:
    """One line of what needs attention: who, what, and where to go; `slug` tells it from others of that name,
    `ignore` is where to take it off."""

    icon: str
    token: str
    name: str
    path: str
    text: str
    label: str = "Look"
    ignore: str = ""
    slug: str = ""


@dataclass(frozen=True)
class HomeView:
    """`doubled` are the slugs of workflows that are called like another one."""

    needs: Sequence[Need]
    running: Sequence[Row[Any]]
    due: Sequence[Row[Any]]
    strip: NextHours
    cards: Sequence[dict[str, Any]]
    has_more: bool
    went_well: int
    week: Figures
    doubled: Collection[str]


def view(connection: Connection, person: Person, at: datetime) -> HomeView:
    visible = may_see(person)
    rows = workflows.page(connection, visible, limit=_WORKFLOWS)
    results = workflows.recent_results(connection, [row.id for row in rows])
    return HomeView(
        needs=[*_engine(connection, person, at), *_failing(connection, visible, results, at),
               *_asking(connection, visible, at), *_stopped(connection, visible),
               *_unusual(connection, visible, results, at)],
        running=executions.page(connection, visible, Filter(status=states.RUNNING), limit=_RUNNING),
        due=attention.due_soon(connection, visible, at + _DAY),
        strip=next_hours(connection, Scope(visible), at, person.timezone),
        cards=[{"workflow": row, "results": results[row.id], "usual": _usual(results[row.id])}
               for row in rows[:_SHOWN]],
        has_more=len(rows) > _SHOWN,
        went_well=attention.went_well(connection, visible, _midnight(at, person.timezone)),
        week=statistics.figures(connection, statistics.Scope(visible, at, _WEEK, person.timezone)),
        doubled=names.doubled(connection, visible),
    )


def greeting(at: datetime, zone: str) -> str:
    hour = at.astimezone(ZoneInfo(zone)).hour
    return "Good morning" if 4 <= hour < 12 else "Good afternoon" if 12 <= hour < 18 else "Good evening"


def _engine(connection: Connection, person: Person, at: datetime) -> list[Need]:
    """Say first when nothing can run, for that explains the rest."""
    life = health.signs_of_life(connection, at)
    path = "/settings/health" if person.may("admin") else "/help"
    found = []
    if not life.has_leader:
        found.append("Nobody watches what is due, so nothing starts on its own")
    elif life.oldest_overdue > _LATE:
        found.append("Something is due and has not started")
    if not life.workers:
        found.append("No worker is running, so runs wait")
    return [Need("heart-pulse", "bad", "Carillon", path, text, "System health") for text in found]


def _failing(
    connection: Connection, visible: ColumnElement[bool], results: dict[str, list[Row[Any]]], at: datetime
) -> list[Need]:
    """One line per workflow whose last runs failed, with the newest cause."""
    streaks = [failed for runs in results.values() if (failed := _after_last(runs, _went_well))]
    ignored = attention.ignored(connection, [run.id for failed in streaks for run in failed])
    left = [_after_last(failed, lambda run: run.id in ignored) for failed in streaks]
    by_newest = {failed[-1].id: failed for failed in left if failed}
    newest = executions.rows(connection, visible, list(by_newest)) if by_newest else []
    newest.sort(key=lambda run: run.id, reverse=True)
    return [_failure(run, by_newest[run.id], at) for run in newest]


def _unusual(
    connection: Connection, visible: ColumnElement[bool], results: dict[str, list[Row[Any]]], at: datetime
) -> list[Need]:
    """One line per workflow whose last run went well and looks unusual all the same."""
    ended = [_ended(runs) for runs in results.values()]
    odd = {runs[-1].id for runs in ended if runs and runs[-1].unusual}
    odd -= attention.ignored(connection, odd).keys()
    return [
        Need("triangle-alert", "wait", run.workflow_name, f"/executions/{run.id}",
             f"succeeded {relative(run.queued_at, at)}, but looks unusual", ignore=_ignore(run),
             slug=run.workflow_slug)
        for run in (executions.rows(connection, visible, list(odd)) if odd else ())
    ]


def _after_last(runs: Sequence[Row[Any]], is_it: Callable[[Row[Any]], bool]) -> list[Row[Any]]:
    """Return the ended runs after the last one that `is_it`, oldest first."""
    ended = _ended(runs)
    start = next((n for n in range(len(ended), 0, -1) if is_it(ended[n - 1])), 0)
    return ended[start:]


def _ended(runs: Sequence[Row[Any]]) -> list[Row[Any]]:
    return [run for run in runs if run.status in (states.COMPLETED, states.FAILED)]


def _went_well(run: Row[Any]) -> bool:
    return bool(run.status == states.COMPLETED)


def _failure(run: Row[Any], failed: Sequence[Row[Any]], at: datetime) -> Need:
    times = f"failed {len(failed)} times, first" if len(failed) > 1 else "failed"
    text = f"{times} {relative(failed[0].queued_at, at)}: {why(run)}"
    return Need("circle-x", "bad", run.workflow_name, f"/executions/{run.id}", text, "What to do",
                _ignore(run), run.workflow_slug)


def _ignore(run: Row[Any]) -> str:
    return f"/executions/{run.id}/ignore?next=/"


def _asking(connection: Connection, visible: ColumnElement[bool], at: datetime) -> list[Need]:
    """Questions to people, the oldest first; before them, what only somebody who looks can tell."""
    unsure = [
        Need("circle-help", "wait", run.workflow_name, f"/executions/{run.id}",
             f"asks whether a step happened, in the run of {relative(run.queued_at, at)}", "Say so",
             slug=run.workflow_slug)
        for run in attention.unsure(connection, visible)
    ]
    asked = questions.page(connection, visible, at, limit=_SHOWN)
    return unsure + [
        Need("hand", "wait", _short(row.question), f"/approvals/{row.id}",
             f"– {row.workflow_name}, asked {relative(row.asked_at, at)}")
        for row in reversed(asked)
    ]


def _short(question: str) -> str:
    line = " ".join(question.split())
    return line if len(line) <= _LONGEST else line[:_LONGEST] + "…"


def _stopped(connection: Connection, visible: ColumnElement[bool]) -> list[Need]:
    return [
        Need("triangle-alert", "wait", start.workflow_name, f"/workflows/{start.workflow_slug}/starts",
             f"“{start.producer_name}” will not start on its own. {start.note}",
             slug=start.workflow_slug)
        for start in attention.stopped_starts(connection, visible)
    ]


def _usual(runs: Sequence[Row[Any]]) -> int | None:
    took = [run.duration_ms for run in runs if run.status == states.COMPLETED and run.duration_ms is not None]
    return median_low(took) if took else None


def _midnight(at: datetime, zone: str) -> datetime:
    return at.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
