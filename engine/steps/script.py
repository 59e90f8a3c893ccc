"""Run a script on this server – where an administrator allows it."""

import json
import re
import signal
import sys
from collections.abc import Mapping
from typing import Any, Final

from engine.domain.data import plain
from engine.domain.data.masking import Secrets
from engine.domain.errors import Problem, StepFailed
from engine.domain.time.durations import limit_in_words
from engine.steps import _script_process
from engine.steps._base import Effect, Finished, Outcome, StepContext, StepType
from engine.steps._script_process import LARGE_PROCESSES, PLAIN_ENVIRON, SHOWN_BYTES, Heard, Order
from engine.steps._script_settings import (
    MOST_PROCESSES,
    MOST_THREADS,
    NO_VALUES_INSIDE,
    ScriptSettings,
    blank_values,
    holds_values,
)

_COMMANDS: Final = {"shell": ("/bin/sh",), "python": (sys.executable, "-u")}
_FILES: Final = {"shell": "script.sh", "python": "script.py"}
_PLACE: Final = re.compile(r'script\.py", line (\d+)|script\.sh: (?:line )?(\d+):')
_OWN_FILE: Final = re.compile(r"^\S*/script\.sh: (?:line )?\d+: ")
_LAST: Final = 300
_LOGGED: Final = 4_000


class Script(StepType[ScriptSettings]):
    key = "script"
    name = "Run a script"
    summary = "Run a shell or Python script on this server"
    group = "Advanced"
    icon = "terminal"
    effect = "once"
    outputs = {
        "output": "What it printed", "data": "What it printed, as data",
        "exit_code": "Number it ended with", "errors": "What it said on the side",
    }
    verbatim = ("script",)
    Settings = ScriptSettings

    def run(self, context: StepContext, settings: ScriptSettings) -> Outcome:
        if not context.may_run_scripts():
            raise StepFailed("Scripts are switched off on this server, so this one did not run.",
                             error_class="logic", code="script.off")
        seconds = context.time_left.total_seconds()
        if seconds <= 0:
            raise _too_long(seconds, sent=False)
        try:
            heard = _script_process.run(_order(settings), seconds, context.is_wanted)
        except OSError as error:
            raise StepFailed(f"The script could not be started: {error.strerror or error}.",
                             error_class="transient", code="script.error") from error
        secrets = Secrets(settings.values)
        _log(context, heard, secrets)
        return Finished(secrets.hide(_output(heard, seconds, settings, secrets)))

    def preview(self, context: StepContext, settings: ScriptSettings) -> Any:
        return {"language": settings.language, "script": settings.script,
                "values": settings.values, "input": settings.input}

    def example(self, settings: ScriptSettings) -> Mapping[str, Any]:
        return {"exit_code": 0}

    def describe(self, written: Mapping[str, Any]) -> str:
        language = "Python" if written.get("language") == "python" else "Shell"
        lines = str(written.get("script") or "(no script yet)").strip().splitlines()
        return f"{language}: {lines[0][:100] if lines else ''}{' …' if len(lines) > 1 else ''}"

    def effect_of(self, settings: ScriptSettings) -> Effect:
        return "repeatable" if settings.safe_to_repeat else "once"

    def check(self, written: Mapping[str, Any]) -> list[Problem]:
        problems = super().check(written)
        if holds_values(written.get("script")):
            problems.append(Problem(NO_VALUES_INSIDE, "script", "reference"))
        problems += [Problem(f"Fill in a value for {name}, or remove its line.", "values", "missing")
                     for name in blank_values(written)]
        return problems


def _order(settings: ScriptSettings) -> Order:
    return Order(
        command=_COMMANDS[settings.language], name=_FILES[settings.language], script=settings.script,
        environ={**PLAIN_ENVIRON, **settings.values}, given=settings.given, memory=settings.memory,
        file_size=settings.file_size, processes=MOST_PROCESSES, threads=MOST_THREADS,
    )


def _output(
    heard: Heard, seconds: float, settings: ScriptSettings, secrets: Secrets
) -> dict[str, Any]:
    """Raises `StepFailed` when the script did not end well."""
    ending = heard.ending()
    if ending.get("stopped"):
        raise _too_long(seconds, sent=True)
    if ending.get("too_many"):
        raise _failed(f"It started more than {MOST_PROCESSES} processes, or {MOST_THREADS} threads, at once, "
                      "so it was ended.", "logic")
    if ending.get("too_large"):
        raise _failed(f"Its processes together took more than {settings.memory_mb * LARGE_PROCESSES:,} MB of "
                      "memory, so it was ended.", "logic")
    status = ending.get("status")
    if status is None:
        raise _failed("It was ended from outside.", "transient")
    errors = _text(heard.errors)
    if status != 0:
        may_pass = "transient" if settings.safe_to_repeat else "logic"
        raise _failed(_last_words(status, secrets.hide_in(errors)), may_pass, status=status, exit_code=status)
    return {"exit_code": status, "output": _text(heard.output), "data": _data(heard), "errors": errors}


def _failed(message: str, error_class: str, **detail: Any) -> StepFailed:
    return StepFailed(message, error_class=error_class, code="script.error", detail={"sent": True, **detail})


def _too_long(seconds: float, *, sent: bool) -> StepFailed:
    message = f"The script took longer than {limit_in_words(seconds)}, so it was ended."
    return StepFailed(message, error_class="timeout", code="limit.time",
                      detail={"seconds": seconds, "sent": sent})


def _last_words(status: int, errors: str) -> str:
    """Say how it ended: with its number, at its line, and the last thing it said."""
    if status < 0:
        name = signal.Signals(-status).name if -status in signal.valid_signals() else str(-status)
        how = f"It was ended by the signal {name}"
    else:
        how = f"It ended with code {status}"
    places = _PLACE.findall(errors)
    place = f" at line {places[-1][0] or places[-1][1]}" if places else ""
    said = errors.strip().rpartition("\n")[2]
    return f"{how}{place}{': ' if said else '.'}{_OWN_FILE.sub('', said)[:_LAST]}"


def _log(context: StepContext, heard: Heard, secrets: Secrets) -> None:
    """Keep what it said for those who look for a reason, also when it failed."""
    if heard.size > SHOWN_BYTES:
        context.log("warn", f"It printed {heard.size:,} bytes; the first {SHOWN_BYTES:,} are kept")
    if heard.ending().get("status") != 0 and heard.output:
        context.log("info", f"It printed: {secrets.hide_in(_text(heard.output))[-_LOGGED:]}")
    if heard.errors:
        context.log("warn", f"It said on the side: {secrets.hide_in(_text(heard.errors))[-_LOGGED:]}")


def _text(written: bytes | bytearray) -> str:
    return written.decode("utf-8", "replace")


def _data(heard: Heard) -> Any:
    """What it printed as data, if all of it is JSON that can be kept."""
    if heard.size > SHOWN_BYTES:
        return None
    try:
        data = json.loads(heard.output)
    except (ValueError, RecursionError):
        return None
    return None if plain.objection(data) else data
