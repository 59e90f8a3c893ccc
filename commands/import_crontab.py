"""`import-crontab` makes a draft of every job in a crontab; nothing is switched on."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from commands import owners
from engine import clock
from engine.config import Settings
from engine.db import Database, UnitOfWork
from engine.domain.errors import Invalid
from engine.domain.schedules.sentences import sentence
from engine.domain.words import counted
from engine.domain.workflows.crontab_drafts import Draft, drafts_of, plan_import
from engine.domain.workflows.crontabs import MOST_CHARACTERS, USER_COLUMN, Left
from engine.queries.server import scripts
from engine.services.workflows import crontab_imports
from engine.services.workflows.crontab_imports import Made

_SCRIPTS_OFF = ("Scripts are switched off on this server. An administrator can allow them under "
                "Settings › Scripts; until then drafts with a script can't be made live.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="the crontab; - reads standard input")
    parser.add_argument("--owner", metavar="EMAIL",
                        help="whose workflows they will be (default: the administrator)")
    parser.add_argument("--timezone",
                        help="zone of jobs above which no CRON_TZ stands (default: the owner's)")
    parser.add_argument("--user-column", choices=tuple(USER_COLUMN), default="auto",
                        help="whether a user stands before each command, as in /etc/crontab")


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    text = _read(arguments.file)
    database = Database(settings.database_url, settings.synchronous)
    lines = database.run(lambda uow: _bring_in(uow, text, arguments, settings.base_url))
    database.close()
    print("\n".join(lines))
    return 0


def _read(name: str) -> str:
    try:
        if name == "-":
            return _text_of(sys.stdin.buffer)
        with Path(name).open("rb") as file:
            return _text_of(file)
    except OSError as error:
        raise Invalid(f"{name} can't be read: {error.strerror}.", field="file") from error


def _text_of(file: BinaryIO) -> str:
    """Read a little more than is allowed at most, so that the rest is refused and not lost."""
    return file.read(4 * MOST_CHARACTERS + 4).decode("utf-8", "replace")


def _bring_in(uow: UnitOfWork, text: str, arguments: argparse.Namespace, base_url: str) -> list[str]:
    """Return what became of each line; run again from the start when the database was busy."""
    at, owner = clock.now(), owners.find(uow.connection, arguments.owner)
    plan = plan_import(text, at=at, timezone=arguments.timezone or owner.timezone,
                       has_user=USER_COLUMN[arguments.user_column])
    made = crontab_imports.bring_in(uow, drafts_of(plan), owner_id=owner.id, at=at)
    waits = any(draft.is_script for draft in drafts_of(plan)) and not scripts.are_allowed(uow.connection)
    return [*(_line(line, made, base_url) for line in plan), _total(plan, len(made)),
            *([_SCRIPTS_OFF] if waits else [])]


def _line(line: Draft | Left, made: Mapping[int, Made], base_url: str) -> str:
    if isinstance(line, Left):
        return f"line {line.number}: left out. {line.why}.\n    {line.text}"
    address = f"{base_url}/workflows/{made[line.job.number].slug}"
    look = f"\n    {line.why}." if line.why else ""
    return f"line {line.job.number}: {line.name} – {sentence(line.schedule)}\n    {address}{look}"


def _total(plan: Sequence[Draft | Left], made: int) -> str:
    left = len(plan) - made
    return (f"{counted(made, 'draft')} made, {counted(left, 'line')} left out. "
            "Nothing is on: look at each draft, then make it live and turn it on.")
