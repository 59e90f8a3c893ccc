"""The settings of a script, and what they make of it."""

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator

from engine.domain.data import references
from engine.domain.data.expressions import OPENING
from engine.domain.errors import Invalid
from engine.steps._base import StepSettings, Text, setting

LONGEST_SCRIPT: Final = 50_000
MOST_PROCESSES: Final = 100
MOST_THREADS: Final = 400
_MOST_VALUE_BYTES: Final = 100_000
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}", re.ASCII)
_VALUE: Final = re.compile(r"\{\{[^{}]*\}\}")
_MEGABYTE: Final = 1_000_000
NO_VALUES_INSIDE: Final = (
    "A value can't stand inside a script: whatever it holds would be run as part of it. Hand it over under "
    "“Values”, for example as TOTAL, and write \"$TOTAL\" here, or environ[\"TOTAL\"] in Python."
)


def _lines(text: Any) -> Any:
    """Forms send lines that end as on Windows, which no shell understands."""
    return text.replace("\r\n", "\n") if isinstance(text, str) else text


def _variables(values: dict[str, str]) -> dict[str, str]:
    for name, value in values.items():
        if not _VARIABLE.fullmatch(name):
            raise ValueError(f"“{name[:60]}” can't be the name of a value. Use letters, digits and _.")
        if "\0" in value:
            raise ValueError(f"“{name}” holds a character that can't be handed over. Use “Given to read”.")
    if sum(len(value.encode("utf-8", "replace")) for value in values.values()) > _MOST_VALUE_BYTES:
        raise ValueError(f"These values are longer than {_MOST_VALUE_BYTES:,} bytes. Use “Given to read”.")
    return values


class ScriptSettings(StepSettings):
    language: Literal["shell", "python"] = setting(
        "shell", label="Language", choices={"shell": "Shell (/bin/sh)", "python": "Python"},
    )
    script: Annotated[str, BeforeValidator(_lines)] = setting(
        label="Script", control="code", min_length=1, max_length=LONGEST_SCRIPT,
        help="What it prints is what later steps can use; data if it prints JSON",
    )
    values: Annotated[dict[str, Text], AfterValidator(_variables)] = setting(
        {}, label="Values", control="key_values", max_length=50,
        help="Handed over as environment variables: TOTAL is \"$TOTAL\" in the script",
    )
    input: Any = setting(None, label="Given to read", control="textarea", advanced=True,
                         help="What the script finds on its standard input; lists and groups as JSON")
    memory_mb: int = setting(512, label="Memory in MB", advanced=True, ge=32, le=65_536,
                             help="For each process it starts")
    file_mb: int = setting(1_000, label="Largest file in MB", advanced=True, ge=1, le=1_000_000,
                           help="No file it writes may grow beyond this")
    safe_to_repeat: bool = setting(
        False, label="Safe to repeat", advanced=True,
        help="Turn on when running it twice does no harm. Then it is tried again after a failure",
    )

    @property
    def memory(self) -> int:
        return self.memory_mb * _MEGABYTE

    @property
    def file_size(self) -> int:
        return self.file_mb * _MEGABYTE

    @property
    def given(self) -> str:
        """What stands on the standard input of the script."""
        if self.input is None or isinstance(self.input, str):
            return self.input or ""
        return json.dumps(self.input, ensure_ascii=False)


def holds_values(script: Any) -> bool:
    """Whether somebody has put a value of the run into a script; other programs use {{ too."""
    if not isinstance(script, str) or OPENING not in script:
        return False
    return any(map(_is_value, _VALUE.findall(script)))


def blank_values(written: Mapping[str, Any]) -> list[str]:
    """Name the values that are still to be filled in."""
    values = written.get("values")
    return [name for name, value in values.items() if value == ""] if isinstance(values, Mapping) else []


def _is_value(text: str) -> bool:
    try:
        found = references.references(text)
    except Invalid:
        return False
    return any(expression.path[0] in references.ROOTS for expression in found)
