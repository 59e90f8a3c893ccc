"""Clock times, hours and parts of the day inside a phrase."""

import re
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Final

from engine.domain.errors import Invalid
from engine.domain.phrase_words import DAYS
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
    """Read "9 to 5" as the working day it is meant to be."""
    if opens.isdigit() and closes.isdigit() and int(closes) <= int(opens) <= 12:
        first, last = time(int(opens) % 24), time(int(closes) % 12 + 12)
        reading.assumptions.append(f"{clock_text(first)} to {clock_text(last)}")
        return first, last
    return _time(opens, reading), _time(closes, reading)


def _time(text: str, reading: Reading) -> time:
    if text in ("noon", "midday"):
        return time(12)
    if text == "midnight":
        return time(0)
    hour, minute = (int(part) for part in (re.split("[:.]", text.rstrip("apm ")) + ["0"])[:2])
    half = text[-2:] if text.endswith("m") else None
    if half:
        return _on_twelve_hour_clock(hour, minute, half, reading)
    if reading.part in ("afternoon", "evening", "night") and 1 <= hour < 12:
        return time(hour + 12, minute)
    if text.startswith("0") or hour == 0 or hour > 12 or reading.part == "morning":
        return time(hour, minute)
    if hour in _UNCLEAR and ":" not in text:
        raise Invalid(f'We read "at {text}" but not whether morning or evening. '
                      f"Write {hour}am or {hour}pm", field="say", code="phrase.unclear")
    other = "pm" if hour < 12 else "am"
    reading.assumptions.append(f"{clock_text(time(hour, minute))} (not {hour} {other})")
    return time(hour, minute)


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
