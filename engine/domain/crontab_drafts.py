"""What each job of a crontab becomes here: a draft with its schedule, to be looked at before it is on."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from engine.domain.crontabs import Job, Left, read_crontab
from engine.domain.definition_starts import StartDefinition
from engine.domain.definitions import Limits, WorkflowDocument
from engine.domain.errors import Invalid
from engine.domain.expressions import OPENING
from engine.domain.schedules import Schedule, parse_schedule
from engine.domain.web_commands import is_web_command, request_settings
from engine.domain.words import joined
from engine.domain.zones import check_zone

NEEDS_SCRIPT: Final = "It needs a script step, which this installation does not have yet"
_LONGEST_NAME: Final = 60
_ROOM_FOR_NAME: Final = 45
_GOES_FIRST: Final = re.compile(r"cd\s+\S+\s*(?:&&|;)\s*|[A-Za-z_][A-Za-z0-9_]*=\S*\s+")
_NAMING: Final = re.compile(r"[\w./:@+~][\w./:@+~-]*")
_MOST_NAMING: Final = 3


@dataclass(frozen=True)
class Draft:
    """A job as a workflow that is off. With `why` its one step only keeps the command."""

    job: Job
    schedule: Schedule
    name: str
    steps: tuple[dict[str, Any], ...]
    why: str | None = None

    @property
    def document(self) -> WorkflowDocument:
        start = StartDefinition("crontab", "schedule", self.schedule)
        return WorkflowDocument(self.name, _notes(self.job), Limits(), (start,), ())


def plan_import(
    text: str, *, at: datetime, timezone: str, has_user: bool | None = None
) -> list[Draft | Left]:
    """Read a crontab; every line that is or was meant as a job is in the answer, in order.

    `timezone` is for jobs above which no CRON_TZ stands.
    """
    check_zone(timezone)
    lines = read_crontab(text, has_user=has_user)
    return _told_apart(line if isinstance(line, Left) else _draft(line, at, timezone) for line in lines)


def drafts_of(plan: Sequence[Draft | Left]) -> list[Draft]:
    return [line for line in plan if isinstance(line, Draft)]


def _told_apart(plan: Iterable[Draft | Left]) -> list[Draft | Left]:
    """Put the number of its line behind a name that was there before."""
    names: set[str] = set()
    told: list[Draft | Left] = []
    for line in plan:
        if isinstance(line, Draft) and line.name in names:
            told.append(replace(line, name=f"{line.name[:_ROOM_FOR_NAME]} line {line.job.number}"))
            continue
        if isinstance(line, Draft):
            names.add(line.name)
        told.append(line)
    return told


def _draft(job: Job, at: datetime, timezone: str) -> Draft | Left:
    try:
        schedule = parse_schedule({"cron": job.cron, "timezone": job.timezone or timezone}, at=at)
    except Invalid as error:
        return Left(job.number, job.text, error.message)
    if not is_web_command(job.command):
        return _kept(job, schedule, NEEDS_SCRIPT)
    try:
        settings = request_settings(job.command, job.given)
    except Invalid as error:
        return _kept(job, schedule, f"{NEEDS_SCRIPT}: {error.message}")
    address = urlsplit(settings["url"])
    name = f"{address.hostname}{address.path.rstrip('/')}"[:_LONGEST_NAME]
    return Draft(job, schedule, name, ({"key": "request", "type": "http_request", "with": settings},))


def _kept(job: Job, schedule: Schedule, why: str) -> Draft:
    """Keep the command of a job that can't run here in a step that says so."""
    given = f"\nwith this text given to it:\n{job.given}" if job.given else ""
    message = f"Not done: this stands in for the command\n{job.command}{given}\n{why}."
    step = {
        "key": "command", "type": "write_log", "name": "Stands in for a command that can't run here yet",
        "with": {"message": message.replace(OPENING, "{ {"), "level": "warn"},
    }
    return Draft(job, schedule, _name(job), (step,), why)


def _name(job: Job) -> str:
    """Name a job by the words its command begins with, folders left out."""
    command = job.command
    while first := _GOES_FIRST.match(command):
        command = command[first.end():]
    words: list[str] = []
    for word in command.split()[:_MOST_NAMING]:
        if not _NAMING.fullmatch(word):
            break
        words.append(word.rstrip("/").rpartition("/")[2])
    return " ".join(filter(None, words))[:_LONGEST_NAME] or f"Line {job.number} of a crontab"


def _notes(job: Job) -> str:
    about = [f"It ran as {job.user}." if job.user else "",
             f"The crontab sets {joined(job.settings)} for it." if job.settings else ""]
    return "\n".join(filter(None, [
        job.notes, f"Line {job.number} of a crontab:", job.text, " ".join(filter(None, about)),
    ]))
