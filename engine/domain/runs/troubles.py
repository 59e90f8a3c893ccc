"""Why a run failed, put together from what is on record about it."""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from engine.domain.runs.explanations import Explanation, explain

_PLACE: Final = re.compile(r"It ended with code \d+ (at line \d+)")


def trouble(
    code: str | None, message: str | None, step_name: str | None, given: Any
) -> Explanation:
    """Explain a failure; `given` is what went into the step that failed, if one did."""
    facts: dict[str, Any] = {"step": step_name}
    if found := _PLACE.match(message or ""):
        facts["place"] = found[1]
    if isinstance(given, Mapping):
        facts["host"] = _host(given.get("url"))
        facts["seconds"] = given.get("timeout_seconds")
    return explain(code or "app.bug", message, facts)


def _host(url: Any) -> str | None:
    try:
        return urlsplit(url).hostname if isinstance(url, str) else None
    except ValueError:
        return None
