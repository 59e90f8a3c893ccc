"""How often, in the schedule form: a number, a unit, and how the times line up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from werkzeug.datastructures import MultiDict

from engine.domain.errors import Invalid
from engine.domain.schedules.rule_documents import uneven
from engine.domain.time.durations import parse_duration
from engine.domain.words import clock_text

Form = MultiDict[str, str]
UNITS: Final = (("m", "minutes"), ("h", "hours"), ("d", "days"))
_WORDS: Final = {"s": "seconds", **dict(UNITS)}
_MOST: Final = 999
_MIDNIGHT: Final = datetime(2001, 1, 1, tzinfo=UTC)
_NINE: Final = timedelta(hours=9)


@dataclass(frozen=True)
class Alignment:
    """What can be chosen, or `why` nothing can: this length always counts from the first run."""

    options: tuple[tuple[str, str], ...] = ()
    why: str = ""


def read(form: Form) -> dict[str, Any]:
    """Return the interval; one that fits no clock is counted, whatever is ticked."""
    every = _length(form)
    align = form.get("interval.align", "")
    chosen = {"align": align} if align == "anchor" or (align and not uneven(parse_duration(every))) else {}
    return {"interval": every, **chosen}


def alignment(values: Mapping[str, Any]) -> Alignment:
    """Return the choice for what is typed; while that is no length, none."""
    try:
        every = parse_duration(f"{values['interval.n']}{values['interval.unit']}")
    except Invalid:
        return Alignment()
    if why := uneven(every):
        return Alignment(why=f"{why}, so we count from the first run.")
    first = -(-_NINE // every) * every
    times = dict.fromkeys(clock_text(_MIDNIGHT + first + number * every) for number in range(2))
    return Alignment((
        ("clock", f"Line up with the clock ({', '.join(times)}…)"), ("anchor", "Count from when I save"),
    ))


def _length(form: Form) -> str:
    text, unit = form.get("interval.n", "").strip(), form.get("interval.unit", "m")
    words = _WORDS.get(unit, "minutes")
    if not (text.isascii() and text.isdigit()):
        raise Invalid(f"Enter how many {words}, like 15", field="interval.n")
    if int(text) > _MOST:
        raise Invalid(f'Enter {_MOST} or less. For longer gaps choose "Every month"', field="interval.n")
    if int(text) == 0:
        raise Invalid(f"Enter 1 {words.removesuffix('s')} or more", field="interval.n")
    return f"{int(text)}{unit if unit in _WORDS else 'm'}"
