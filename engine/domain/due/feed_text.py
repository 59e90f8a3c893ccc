"""A calendar as text that calendar programs read (RFC 5545)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from engine.domain.runs.states import CANCELLED, MISSED, SKIPPED

_LONGEST_LINE: Final = 75
_SHORTEST: Final = timedelta(minutes=1)
_NOT_HAPPENING: Final = frozenset({CANCELLED, MISSED, SKIPPED})
_ESCAPED: Final = str.maketrans({"\\": r"\\", ";": r"\;", ",": r"\,", "\n": r"\n", "\r": None})


@dataclass(frozen=True)
class Event:
    """A due time of one start. It keeps its name while it turns from planned to done."""

    trigger_id: str
    scheduled_at: datetime
    status: str
    start: datetime
    length: timedelta
    summary: str
    description: str
    url: str

    @property
    def uid(self) -> str:
        return f"{self.trigger_id}-{_stamp(self.scheduled_at)}@carillon"


def feed_text(events: Iterable[Event], name: str, at: datetime) -> str:
    """Write the calendar `name` as it stands at `at`."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Carillon//Calendar//EN", "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH", f"X-WR-CALNAME:{_escape(name)}", "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
        *(line for event in events for line in _event(event, at)), "END:VCALENDAR",
    ]
    return "".join(f"{piece}\r\n" for line in lines for piece in _folded(line))


def _event(event: Event, at: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{event.uid}"
    yield f"DTSTAMP:{_stamp(at)}"
    yield f"DTSTART:{_stamp(event.start)}"
    yield f"DURATION:PT{int(max(event.length, _SHORTEST).total_seconds())}S"
    yield f"SUMMARY:{_escape(event.summary)}"
    yield f"DESCRIPTION:{_escape(event.description)}"
    yield f"URL:{event.url}"
    yield f"STATUS:{'CANCELLED' if event.status in _NOT_HAPPENING else 'CONFIRMED'}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y%m%dT%H%M%SZ}"


def _escape(text: str) -> str:
    kept = "".join(letter for letter in text if letter.isprintable() or letter == "\n")
    return kept.translate(_ESCAPED)


def _folded(line: str) -> Iterator[str]:
    """Break a line so that no piece has more than 75 bytes and no letter is torn apart."""
    piece, size = "", 0
    for letter in line:
        width = len(letter.encode())
        if size + width > _LONGEST_LINE:
            yield piece
            piece, size = " ", 1
        piece, size = piece + letter, size + width
    yield piece
