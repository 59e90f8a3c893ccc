"""The other half of the day, for a phrase that names an hour but not which of the two."""

import re
from datetime import datetime
from typing import Any, Final

from engine.domain.errors import Invalid
from engine.domain.phrases.phrases import parse_phrase

_HOUR: Final = re.compile(
    r"\b(?:\d{1,2}(?:[:.][0-5]\d)?|seven|eight|nine|ten|eleven|twelve)\b(?![:.]\d)", re.IGNORECASE)
_OTHER: Final = {"am": "pm", "pm": "am"}


def switches(phrase: str, at: datetime, timezone: str) -> dict[str, str]:
    """Return for each assumption about half a day the phrase that says the other half.

    Found by saying both aloud: the half that changes nothing is the one that was assumed.
    """
    document, assumed = parse_phrase(phrase, at, timezone)
    found: dict[str, str] = {}
    for hour in _HOUR.finditer(phrase) if assumed else ():
        said = {half: f"{phrase[:hour.end()]} {half}{phrase[hour.end():]}" for half in _OTHER}
        for half, other in _OTHER.items():
            same, switched = _read(said[half], at, timezone), _read(said[other], at, timezone)
            if not same or not switched or {*same[1], *switched[1]} - {*assumed}:
                continue  # not a time of its own
            if same[0] == document != switched[0]:
                found |= {text: said[other] for text in assumed if text not in same[1]}
    return found


def _read(phrase: str, at: datetime, timezone: str) -> tuple[dict[str, Any], list[str]] | None:
    try:
        return parse_phrase(phrase, at, timezone)
    except Invalid:
        return None
