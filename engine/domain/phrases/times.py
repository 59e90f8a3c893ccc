"""Clock times, hours and parts of the day inside a phrase."""

import re
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Final

from engine.domain.errors import Invalid
from engine.domain.phrases.spelling import DAYS
from engine.domain.words import clock_text

_TIME: Final = r"(?:(?:[01]?\d|2[0-3])(?:[:.][0-5]\d)? ?(?:am|pm)?|noon|midday|midnight)(?![\w:#])"
_HOUR: Final = r"(?:[01]?\d|2[0-3])"
_SURE: Final = (
    rf"(?:{_HOUR}(?:[:.][0-5]\d)? ?[ap]m|{_HOUR}:[0-5]\d|noon|midday|midnight)(?![\w:#])"
)
_WINDOW: Final = re.compile(rf"(?:between|from) ({_TIME}) (?:and|to|-|until|till) ({_TIME})( next day)?")
_BARE_WINDOW: Final = re.compile(rf"(?<!at )\b({_TIME}) ?(?:to|-|until|till) ?({_TIME})")
_OFFICE: Final = re.compile(r"(?:\b(?:during|in|within) )?\b(?:business|working|office) hours?")
_AT: Final = re.compile(rf"\bat ({_TIME}(?:(?: and|) (?:at )?{_TIME})*)")
_LOOSE: Final = re.compile(rf"(?<![\w:#])({_SURE}(?: (?:and )?{_SURE})*)")
_PART: Final = re.compile(r"(?:\bin )?\b(morning|afternoon|evening|night)s?\b")
_PARTS: Final = {"morning": time(9), "afternoon": time(14), "evening": time(18), "night": time(21)}
_UNCLEAR: Final = range(1, 7)
# The hours each part of the day may have; others contradict it.
_PART_HOURS: Final = {"morning": range(1, 12), "afternoon": range(12, 19), "evening": range(16, 24),
                      "night": (*range(19, 24), *range(5))}


@dataclass
class Limits:
    """What a phrase takes away from its rule.

    `holidays` names a country; empty: that of the zone. `around_the_clock` and `overnight` stress its hours.
    """

    days: tuple[str, ...] = ()
    holidays: str | None = None
    span: dict[str, str] = field(default_factory=dict)
    around_the_clock: bool = False
    overnight: bool = False


@dataclass
class Reading:
    """A phrase while it is being read: `rest` is what nobody has understood yet."""

    text: str
    rest: str
    at: datetime
    timezone: str
    times: list[time] = field(default_factory=list)
    window: dict[str, object] | None = None
    part: str | None = None
    assumptions: list[str] = field(default_factory=list)
    limits: Limits = field(default_factory=Limits)

    def take(self, pattern: re.Pattern[str], instead: str = " ") -> re.Match[str] | None:
        """Find a pattern anywhere and take it out of the rest."""
        found = pattern.search(self.rest)
        if found:
            left = self.rest[:found.start()] + instead + self.rest[found.end():]
            self.rest = re.sub(r" +", " ", left).strip()
        return found

    def clock_times(self) -> list[str]:
        """The times, or an assumption said aloud."""
        if not self.times:
            moment = _PARTS[self.part or "morning"]
            self.assumptions.append(f"We assumed {clock_text(moment)}")
            self.times = [moment]
        return [f"{moment:%H:%M}" for moment in sorted(set(self.times))]


def take_times(reading: Reading) -> None:
    """Take hours, parts of the day and times out of the phrase."""
    _take_window(reading)
    found = reading.take(_PART, " ")
    if found:
        reading.part = found[1]
        if reading.rest.split(" at ")[0].strip() in ("every", ""):
            reading.rest = f"every day {reading.rest.removeprefix('every')}".strip()
    for pattern in (_AT, _LOOSE):
        while found := reading.take(pattern):
            texts = re.findall(_TIME, found[1])
            reading.times += [_time(text.strip(), reading) for text in texts]


def _take_window(reading: Reading) -> None:
    if reading.take(_OFFICE):
        reading.window = {"from": "09:00", "to": "17:00", "days": list(DAYS[:5])}
        reading.assumptions.append("We took business hours as 9:00 am to 5:00 pm, Monday to Friday")
        return
    found = reading.take(_WINDOW) or reading.take(_BARE_WINDOW)
    if found:
        opens, closes = _window(found[1].strip(), found[2].strip(), reading)
        reading.window = {"from": f"{opens:%H:%M}", "to": f"{closes:%H:%M}"}


def _window(opens: str, closes: str, reading: Reading) -> tuple[time, time]:
    """Read "9 to 5" as the working day it is meant to be, and "6 to 22" on a clock with 24 hours."""
    if not all(text[0].isdigit() and text[-1].isdigit() for text in (opens, closes)):
        return _time(opens, reading), _time(closes, reading)
    (opening, first), (closing, last) = _numbers(opens), _numbers(closes)
    if max(opening, closing) > 12:
        return time(opening, first), time(closing, last)
    if "0" in (opens[0], closes[0]) or (closing, last) > (opening, first):
        return _time(opens, reading), _time(closes, reading)
    until = time(closing % 12 + 12, last)
    if until <= time(opening, first):
        raise not_understood(reading.text)
    reading.assumptions.append(f"{clock_text(time(opening, first))} to {clock_text(until)}")
    return time(opening, first), until


def _time(text: str, reading: Reading) -> time:
    meant = _possible(text, reading)
    if reading.part:
        meant = [moment for moment in meant if moment.hour in _PART_HOURS[reading.part]]
        if len(meant) != 1:
            raise not_understood(reading.text)
    if len(meant) == 1:
        return meant[0]
    hour, minute = meant[0].hour, meant[0].minute
    if hour in _UNCLEAR and ":" not in text:
        raise Invalid(f'We read "at {text}" but not whether morning or evening. '
                      f"Write {hour}am or {hour}pm", field="say", code="phrase.unclear")
    other = clock_text(time((hour + 12) % 24, minute)).replace(":00 ", " ")
    reading.assumptions.append(f"{clock_text(time(hour, minute))} (not {other})")
    return time(hour, minute)


def _possible(text: str, reading: Reading) -> list[time]:
    """All times a text can mean; what it means on a clock with 24 hours comes first."""
    if not text[0].isdigit():
        return [time(0 if text == "midnight" else 12)]
    hour, minute = _numbers(text.rstrip("apm "))
    if text.endswith("m"):
        return [_on_twelve_hour_clock(hour, minute, text[-2:], reading)]
    if text.startswith("0") or hour > 12:
        return [time(hour, minute)]
    return [time(hour, minute), time((hour + 12) % 24, minute)]


def _numbers(text: str) -> tuple[int, int]:
    hour, minute = (re.split("[:.]", text) + ["0"])[:2]
    return int(hour), int(minute)


def _on_twelve_hour_clock(hour: int, minute: int, half: str, reading: Reading) -> time:
    if not 1 <= hour <= 12:
        raise not_understood(reading.text)
    return time(hour % 12 + (12 if half == "pm" else 0), minute)


def not_understood(text: str) -> Invalid:
    return Invalid(
        f'We could not read "{text.strip()[:60]}". Try: every day at 9am · Mondays at 10:00 · '
        "last day of the month at 5pm – or choose a pattern below",
        field="say", code="phrase.unknown",
    )
