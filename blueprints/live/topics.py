"""What can be watched: which changes concern it, and what to show of them to somebody who may see it.

The socket and the catch-up request render the same partials, made of the same rows as the pages.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from flask import render_template
from sqlalchemy import Connection, Row

from blueprints.home import view as home_view
from blueprints.runs import run_list
from blueprints.runs import view as run_view
from blueprints.runs.inside import Into
from blueprints.runs.run_list import Asked
from blueprints.workflows.overview import overview
from engine.domain import events
from engine.domain.people.roles import Person
from engine.domain.runs.holds import Hold
from engine.queries.overview import monitoring
from engine.queries.runs import executions, holds, logs
from engine.queries.visibility import may_see
from engine.queries.workflows import workflows

Changes = Sequence[Row[Any]]


class Scene(NamedTuple):
    """Who looks, when, and through which connection."""

    connection: Connection
    person: Person
    at: datetime

    def draw(self, template: str, **context: Any) -> str:
        person = self.person
        return render_template(template, person=person, zone=person.timezone, now=self.at, **context)


class Topic(Protocol):
    """`place` is how far a reader has read, beside the cursor; empty for most.

    `render` gets the changes that concern the topic, or None when they are not known any more and
    all has to be drawn; it returns partials and the new place. It raises `NotFound` when the person
    may not see the thing.
    """

    def concerns(self, change: Row[Any]) -> bool: ...

    def place(self, connection: Connection) -> str: ...

    def render(self, scene: Scene, changes: Changes | None, place: str) -> tuple[str, str]: ...


@dataclass(frozen=True)
class Runs:
    """The list of runs, as somebody asked for it."""

    asked: Asked

    def concerns(self, change: Row[Any]) -> bool:
        return True

    def place(self, connection: Connection) -> str:
        return ""

    def render(self, scene: Scene, changes: Changes | None, place: str) -> tuple[str, str]:
        connection, person, _ = scene
        counts = executions.live_counts(connection, may_see(person))
        common = {"counts": counts, "chosen": self.asked.chosen, "switches": run_list.SWITCHES}
        if changes is None:
            shown = run_list.shown(connection, person, self.asked, scene.at)
            return scene.draw("live/monitoring_whole.html", **common, **shown), place
        lines, waiting = _changed_lines(scene, changes)
        new = _new(changes, lines) if self.asked.takes_new_runs else set()
        return scene.draw("live/monitoring.html", **common, lines=lines, new=new,
                          holds=waiting), place


@dataclass(frozen=True)
class RunsOfWorkflow:
    """The last runs on the page of a workflow."""

    workflow_id: str

    def concerns(self, change: Row[Any]) -> bool:
        return bool(change.workflow_id == self.workflow_id)

    def place(self, connection: Connection) -> str:
        return ""

    def render(self, scene: Scene, changes: Changes | None, place: str) -> tuple[str, str]:
        visible = may_see(scene.person)
        workflow = workflows.by_id(scene.connection, visible, self.workflow_id)
        shown = overview(scene.connection, visible, workflow, scene.at)
        if changes is None:
            return scene.draw("live/workflow_whole.html", **shown), place
        lines, waiting = _changed_lines(scene, changes)
        shown |= {"lines": [line for line in lines if line.run], "holds": waiting}
        return scene.draw("live/workflow.html", **shown, new=_new(changes, shown["lines"])), place


@dataclass(frozen=True)
class Run:
    """The page of one run, as far as one of its tabs shows it.

    `which` are the lines of its log; `behind` is the workflow whose runs it waits for, if it was still in
    line; `into` are the items of a loop somebody looks at.
    """

    execution_id: str
    tab: str
    which: logs.Which = logs.ALL
    behind: str | None = None
    into: Into | None = None

    def concerns(self, change: Row[Any]) -> bool:
        return bool(change.execution_id == self.execution_id or change.workflow_id == self.behind)

    def place(self, connection: Connection) -> str:
        """Return the last line of the log there is."""
        if self.tab != "log":
            return ""
        return str(logs.last_id(connection, self.execution_id))

    def render(self, scene: Scene, changes: Changes | None, place: str) -> tuple[str, str]:
        view = run_view.view(scene.connection, may_see(scene.person), self.execution_id, scene.at,
                             self.into)
        lines: list[Row[Any]] = []
        if self.tab == "log":
            lines = logs.after(scene.connection, self.execution_id, int(place or 0), self.which)
        html = scene.draw("live/execution.html", view=view, run=view.run.row, tab=self.tab, lines=lines,
                          step_names=view.run.names)
        return html, str(lines[-1].id) if lines else place


@dataclass(frozen=True)
class Home:
    """The home page: drawn whole, for it is small."""

    def concerns(self, change: Row[Any]) -> bool:
        return True

    def place(self, connection: Connection) -> str:
        return ""

    def render(self, scene: Scene, changes: Changes | None, place: str) -> tuple[str, str]:
        view = home_view.view(scene.connection, scene.person, scene.at)
        return scene.draw("live/home.html", view=view), place


def _changed_lines(scene: Scene, changes: Changes) -> tuple[list[monitoring.Line], dict[str, Hold]]:
    """Return what changed with those in line behind it, and what each of them waits for."""
    connection = scene.connection
    in_line = holds.newest(connection, {change.workflow_id for change in changes}, run_list.ROWS)
    lines = monitoring.changed(
        connection, may_see(scene.person),
        {change.execution_id for change in changes if change.execution_id} | set(in_line),
        {change.workflow_id for change in changes if change.event == events.OCCURRENCE},
        min(change.at for change in changes),
    )
    return lines, holds.of(connection, monitoring.runs_in(lines), scene.at)


def _new(changes: Changes, lines: Sequence[monitoring.Line]) -> set[str]:
    """Return the runs that belong on top of a list; dry runs are only in a list of their own."""
    queued = {change.execution_id for change in changes if change.event == events.QUEUED}
    return queued - {line.run.id for line in lines if line.run and line.run.dry_run}
