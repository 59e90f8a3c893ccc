"""Why a run failed, put together from what is on record about it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

from engine.domain.runs.explanations import Explanation, explain

# The limit that cut it off; a step's own may be longer than what its run had left.
_LIMIT: Final = re.compile(r"took longer than (?:its time limit of )?(\d[\w. ]*?)(?:,| and)")
_PLACE: Final = re.compile(r"It ended with code \d+ (at line \d+)")
MISSING: Final = "data.missing"
LEFT_OUT: Final = "data.left_out"
# How `references` says that a value was missing: of a step, of the start, or of anything else.
_OF_STEP: Final = (
    re.compile(r"“(?P<value>[^”]*)” was empty in step “(?P<step>[^”]*)”"),
    re.compile(r"Step “(?P<step>[^”]*)” has given nothing, so there is no “(?P<value>[^”]*)”"),
    re.compile(r"Step “(?P<step>[^”]*)” has given nothing(?P<value>) to use"),
)
_OF_START: Final = re.compile(r"This run was started without “([^”]*)”")
_OTHER: Final = re.compile(r"There is no value (\{\{.*?\}\})")


@dataclass(frozen=True)
class Source:
    """A step that others take values from; `left_out` says why it gave none, if somebody wanted it so."""

    name: str
    left_out: str | None = None


def trouble(
    code: str | None, message: str | None, step_name: str | None, given: Any,
    sources: Mapping[str, Source] = MappingProxyType({}),
) -> Explanation:
    """Explain a failure; `given` is what went into the step that failed, if one did. `sources` are steps
    by key."""
    facts: dict[str, Any] = {"step": step_name}
    if code == MISSING:
        key, facts["field"] = _missing(message or "", sources)
        if key in sources:
            facts["reason"] = sources[key].left_out
            message = (message or "").replace(f"tep “{key}”", f"tep “{sources[key].name}”")
        code = LEFT_OUT if facts.get("reason") else MISSING
    if found := _PLACE.match(message or ""):
        facts["place"] = found[1]
    if isinstance(given, Mapping):
        facts["host"] = _host(given.get("url"))
        facts["seconds"] = given.get("timeout_seconds")
    if code == "limit.time" and (found := _LIMIT.search(message or "")):
        facts["seconds"] = found[1]
    return explain(code or "app.bug", message, facts)


def _missing(message: str, sources: Mapping[str, Source]) -> tuple[str, str | None]:
    """Return the step whose value was missing, empty for none, and which value that was."""
    if found := next(filter(None, (pattern.match(message) for pattern in _OF_STEP)), None):
        key, value = found["step"], found["value"]
        name = sources[key].name if key in sources else key
        return key, f"“{value}” of “{name}”" if value else f"What “{name}” gives"
    if found := _OF_START.match(message):
        return "", f"“{found[1]}” of the data it starts with"
    found = _OTHER.match(message)
    return "", found[1] if found else None


def _host(url: Any) -> str | None:
    try:
        return urlsplit(url).hostname if isinstance(url, str) else None
    except ValueError:
        return None
