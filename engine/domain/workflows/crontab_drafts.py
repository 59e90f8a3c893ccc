"""What each job of a crontab becomes here: a draft with its schedule, to be looked at before it is on."""

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from engine.domain.data.expressions import OPENING
from engine.domain.data.masking import masked_text, tells
from engine.domain.errors import Invalid
from engine.domain.schedules.schedules import Schedule, parse_schedule
from engine.domain.steps.web_commands import is_web_command, request_settings
from engine.domain.time.zones import check_zone
from engine.domain.words import joined
from engine.domain.workflows.crontabs import Job, Left, read_crontab
from engine.domain.workflows.definitions import WorkflowDocument
from engine.domain.workflows.limits import Limits
from engine.domain.workflows.starts import StartDefinition

# Cron knows no time limit; this is how long a script brought in may take.
_SCRIPT_SECONDS: Final = 21_600
# What cron means for itself.
_FOR_CRON: Final = ("MAILTO", "MAILFROM", "SHELL", "LOGNAME", "CONTENT_TYPE", "CONTENT_TRANSFER_ENCODING")
_OPENS_VALUE: Final = f"It hands over {OPENING} in a variable or after a %, which stands for a value here"
_NOT_MAILED: Final = "What it prints is kept with each run, and mailed to nobody as MAILTO would."
_LONGEST_NAME: Final = 60
_ROOM_FOR_NAME: Final = 45
_GOES_FIRST: Final = re.compile(r"cd\s+\S+\s*(?:&&|;)\s*|[A-Za-z_][A-Za-z0-9_]*=\S*\s+")
_NAMING: Final = re.compile(r"[\w./:@+~][\w./:@+~-]*")
_MOST_NAMING: Final = 3


@dataclass(frozen=True)
class Draft:
    """A job as a workflow that is off; `why` says what to look at before it is turned on."""

    job: Job
    schedule: Schedule
    name: str
    steps: tuple[dict[str, Any], ...]
    why: str | None = None

    @property
    def is_script(self) -> bool:
        return bool(self.steps[0]["type"] == "script")

    @property
    def document(self) -> WorkflowDocument:
        start = StartDefinition("crontab", "schedule", self.schedule)
        limits = Limits(timeout_seconds=_SCRIPT_SECONDS) if self.is_script else Limits()
        return WorkflowDocument(self.name, _notes(self.job), limits, (start,), ())


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
        return _script(job, schedule)
    try:
        settings = request_settings(job.command, job.given)
    except Invalid as error:
        return _script(job, schedule, f"It is a script and no single request: {error.message}")
    address = urlsplit(settings["url"])
    name = f"{address.hostname}{address.path.rstrip('/')}"[:_LONGEST_NAME]
    return Draft(job, schedule, name, ({"key": "request", "type": "http_request", "with": settings},))


def _script(job: Job, schedule: Schedule, about: str = "") -> Draft | Left:
    """Run the command as cron would: by its shell, with its variables and what is fed to it."""
    values, blank = _values(job.settings)
    if any(OPENING in text for text in (job.given or "", *values.values())):
        return Left(job.number, job.text, _OPENS_VALUE)
    settings: dict[str, Any] = {"script": _command(job)}
    if values:
        settings["values"] = values
    if job.given:
        settings["input"] = job.given
    step = {"key": "command", "type": "script", "with": settings, "timeout_seconds": _SCRIPT_SECONDS}
    why = ". ".join(filter(None, [
        about,
        f"Fill in {joined(blank)}: what looks like a secret is not taken over" if blank else "",
        f"It ran as {job.user}; here it runs as the account of Carillon" if job.user else "",
    ]))
    return Draft(job, schedule, _name(job), (step,), why or None)


def _values(variables: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The variables a command is given, and the names of those whose values are left to people."""
    handed = {name: value for name, value in variables.items() if value and name not in _FOR_CRON}
    blank = [name for name, value in handed.items() if tells(name) or masked_text(value) != value]
    return {**handed, **dict.fromkeys(blank, "")}, blank


def _command(job: Job) -> str:
    shell = job.settings.get("SHELL") or "/bin/sh"
    if shell.rpartition("/")[2] in ("sh", "dash"):
        return job.command
    return f"exec {shlex.quote(shell)} -c {shlex.quote(job.command)}"


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
             f"The crontab sets {joined(list(job.settings))} for it." if job.settings else "",
             _NOT_MAILED if job.settings.get("MAILTO") else ""]
    return "\n".join(filter(None, [
        job.notes, f"Line {job.number} of a crontab:", job.text, " ".join(filter(None, about)),
    ]))
