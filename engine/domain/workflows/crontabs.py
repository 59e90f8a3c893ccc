"""A crontab read line by line, as Debian's cron reads it: nothing is dropped, nothing is guessed."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from engine.domain.data import plain
from engine.domain.errors import Invalid
from engine.domain.time.cron import parse_cron
from engine.domain.time.zones import check_zone

# What people choose between, and what it means for `has_user`.
USER_COLUMN: Final = {"auto": None, "yes": True, "no": False}
MOST_CHARACTERS: Final = 200_000
MOST_JOBS: Final = 300
_LONGEST_LINE: Final = 5_000
_SETTING: Final = re.compile(r"""\s*(["']?)([A-Za-z_][A-Za-z0-9_]*)\1\s*=(.*)""", re.ASCII)
_FIVE_PARTS: Final = re.compile(r"(\S+(?:[ \t]+\S+){4})(?:[ \t]+(.*))?")
_NICKNAME: Final = re.compile(r"(@\S+)(?:[ \t]+(.*))?")
_USER: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_.-]*\$?)(?:[ \t]+(.*))?", re.ASCII)
_HEADING: Final = re.compile(
    r"#\s*(?:m\S*\s+h\S*\s+dom\s+mon\s+dow|(?:\*\s+){5}(?:user-name\s+)?command to be executed).*",
    re.IGNORECASE)
_PERCENT: Final = re.compile(r"(?<!\\)%")
# Accounts that share their name with no program.
_ACCOUNTS: Final = frozenset(
    ("root", "www-data", "nobody", "daemon", "ubuntu", "debian", "debian-tor", "smmsp", "amavis", "postgres"))
_NO_COMMAND: Final = "There is no command after the times"


@dataclass(frozen=True)
class Job:
    """A line that runs `command` by `cron`; `given` is what is fed to it, `settings` are its variables."""

    number: int
    text: str
    cron: str
    command: str
    given: str | None = None
    user: str | None = None
    timezone: str | None = None
    notes: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Left:
    """A line that can't become a schedule, and why."""

    number: int
    text: str
    why: str


@dataclass
class _Reading:
    """What the lines above mean for the next one."""

    has_user: bool
    timezone: str | None = None
    knows_zone: bool = True
    comments: list[str] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)

    def take_comments(self) -> str:
        notes, self.comments = "\n".join(self.comments), []
        return notes


def read_crontab(text: str, *, has_user: bool | None = None) -> list[Job | Left]:
    """Read every line that is or was meant as a job.

    `has_user` says whether a user stands before each command, as in /etc/crontab; None looks for itself.
    """
    if len(text) > MOST_CHARACTERS:
        raise Invalid(f"A crontab can have {MOST_CHARACTERS:,} characters here. Split it", field="text")
    if sentence := plain.objection(text):
        raise Invalid(sentence, field="text")
    lines = text.lstrip("\ufeff").split("\n")
    reading = _Reading(_names_users(lines) if has_user is None else has_user)
    found = [line for number, written in enumerate(lines, 1) for line in _line(number, written, reading)]
    if sum(isinstance(line, Job) for line in found) > MOST_JOBS:
        raise Invalid(f"{MOST_JOBS} jobs can be brought in at a time. Split the crontab", field="text")
    return found


def _names_users(lines: list[str]) -> bool:
    """Whether a user stands before each command: the heading says so, or a known account stands there."""
    if any(_HEADING.match(line) and "user" in line.lower() for line in lines):
        return True
    words = (_command_of(line.strip()).split() for line in lines)
    return any(len(each) > 1 and each[0] in _ACCOUNTS and not each[1].startswith("-") for each in words)


def _line(number: int, written: str, reading: _Reading) -> Iterator[Job | Left]:
    text = written.strip()
    if not text:
        reading.comments.clear()
    elif text.startswith("#"):
        yield from _comment(number, text, reading)
    elif len(text) > _LONGEST_LINE:
        reading.take_comments()
        yield Left(number, text[:200] + "…", f"The line is longer than {_LONGEST_LINE:,} characters")
    elif setting := _SETTING.fullmatch(text):
        yield from _set(number, text, setting[2], _unquoted(setting[3].strip()), reading)
    else:
        yield _job(number, text, reading)


def _comment(number: int, text: str, reading: _Reading) -> Iterator[Left]:
    said = text.lstrip("#").strip()
    if _HEADING.match(text):
        reading.comments.clear()
    elif _is_job(said):
        reading.comments.clear()
        yield Left(number, text, "It is switched off with #. Remove the # to bring it in")
    elif said:
        reading.comments.append(said)


def _set(number: int, text: str, name: str, value: str, reading: _Reading) -> Iterator[Left]:
    if name != "CRON_TZ":
        reading.settings[name] = value
        return
    try:
        reading.timezone = check_zone(value) if value else None
        reading.knows_zone = True
    except Invalid:
        reading.knows_zone = False
        yield Left(number, text, f"“{value[:60]}” is no time zone that is known here")


def _job(number: int, text: str, reading: _Reading) -> Job | Left:
    notes = reading.take_comments()
    times, rest = _split(text)
    if times == "@reboot":
        return Left(number, text, "It runs when the machine starts, and that is no time of day")
    try:
        cron = parse_cron(times.removeprefix("-")).text
    except Invalid as error:
        return Left(number, text, error.message)
    if not reading.knows_zone:
        return Left(number, text, "The time zone set above it is not known here")
    user = None
    if reading.has_user:
        named = _USER.fullmatch(rest)
        if named is None:
            return Left(number, text, "There is no user after the times")
        user, rest = named[1], named[2] or ""
    if not rest:
        return Left(number, text, _NO_COMMAND)
    command, *given = _PERCENT.split(rest)
    return Job(number, text, cron, command.replace(r"\%", "%").strip(),
               "\n".join(given).replace(r"\%", "%") if given else None,
               user, reading.timezone, notes, dict(reading.settings))


def _split(text: str) -> tuple[str, str]:
    """Cut a line into its times and what follows; a line of fewer parts is all times."""
    found = (_NICKNAME if text.startswith("@") else _FIVE_PARTS).fullmatch(text)
    return (found[1], (found[2] or "").strip()) if found else (text, "")


def _command_of(text: str) -> str:
    """Return what follows the times, if the line begins with times."""
    if text.startswith("#") or _SETTING.fullmatch(text):
        return ""
    return _split(text)[1] if _is_job(text) else ""


def _is_job(text: str) -> bool:
    times, rest = _split(text)
    try:
        parse_cron(times.removeprefix("-"))
    except Invalid:
        return times == "@reboot" and bool(rest)
    return bool(rest)


def _unquoted(value: str) -> str:
    is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if is_quoted else value
