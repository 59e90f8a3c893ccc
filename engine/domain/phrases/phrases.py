"""Reading "every weekday at 9am": every word is understood, or nothing is."""

import re
from datetime import datetime
from typing import Any, Final

from engine.domain.errors import Invalid
from engine.domain.phrases.dates import read_once
from engine.domain.phrases.limits import limited, take_limits
from engine.domain.phrases.months import read_monthly
from engine.domain.phrases.spelling import DAY_LIST, DAY_WORDS, DAYS, day_numbers, normalise
from engine.domain.phrases.suffixes import take_suffixes
from engine.domain.phrases.times import Reading, not_understood, take_times
from engine.domain.time.cron import parse_cron
from engine.domain.words import WEEKDAYS, ordinal

_LONGEST: Final = 200
_CRON_PART: Final = r"[0-9*][0-9a-z*,/-]*|(?:[a-z]{3}[0-9a-z,/-]*)"
_CRON: Final = re.compile(
    rf"(?P<cron>@[a-z]+|(?:[0-9*][0-9*,/-]*\s+){{2}}(?:{_CRON_PART})(?:\s+(?:{_CRON_PART})){{2,}})"
    r"(?P<command>\s+[/~.$].*)?", re.IGNORECASE,
)
_COMPACT: Final = re.compile(r"(?:every )?(\d{1,6}) ?([smhdw])", re.IGNORECASE)
_DAWN: Final = 5
_UNITS: Final = {"sec": "s", "min": "m", "hour": "h"}
_INTERVAL: Final = re.compile(
    rf"(?:(?P<before>{DAY_LIST}) )?(?:every )?(?:#?(?P<n>\d{{1,6}}) )?(?P<unit>sec|min|hour)"
    rf"(?: (?P<after>(?:every )?{DAY_LIST}))?"
)
_DAILY: Final = re.compile(r"(?:every )?(?:#?(?P<n>\d{1,3}) )?day")
_ONLY: Final = re.compile(rf"^only (?={DAY_WORDS}\b)|\b(?P<day>{DAY_WORDS}) only$")
_WEEKLY: Final = (
    re.compile(rf"(?:every )?(?P<days>{DAY_LIST})"),
    re.compile(rf"every (?P<n>2) (?P<days>{DAY_LIST})"),
    re.compile(rf"every (?:#?(?P<n>\d{{1,2}}) )?week(?: (?P<days>{DAY_LIST}))?"),
    re.compile(rf"(?P<days>{DAY_LIST}) every (?:#?(?P<n>\d{{1,2}}) )?week"),
)
_SO_OFTEN: Final = re.compile(r"(?P<n>\d{1,2}) times (?:a|every) (?P<unit>day|week|month)(?P<rest>.*)")
_LIKE_CRON: Final = re.compile(r"[0-9*,/\s-]*\*[0-9*,/\s-]*")
_TWO_MEANINGS: Final = re.compile(r"every #(?P<n>\d) (?P<day>[a-z]{3})")
_UNCLEAR: Final = {
    "biweekly": "every two weeks, or every week on two days",
    "bi-weekly": "every two weeks, or every week on two days",
    "bimonthly": "every two months, or every month on two days",
    "bi-monthly": "every two months, or every month on two days",
}


def parse_phrase(text: str, at: datetime, timezone: str) -> tuple[dict[str, Any], list[str]]:
    """Read a phrase or a cron line as a schedule document, and say what had to be assumed."""
    if not isinstance(text, str) or not text.strip():
        raise Invalid("Say when this should run, like: every day at 9am", field="say", code="missing")
    if len(text) > _LONGEST:
        raise not_understood(text)
    exact = _exact(text.strip(), timezone)
    return exact or _spoken(text, at, timezone)


def _exact(text: str, timezone: str) -> tuple[dict[str, Any], list[str]] | None:
    """A cron line or a length such as 5m, which need no reading."""
    if compact := _COMPACT.fullmatch(text):
        return {"interval": f"{compact[1]}{compact[2].lower()}", "timezone": timezone}, []
    if _LIKE_CRON.fullmatch(text):
        return {"cron": parse_cron(text).text, "timezone": timezone}, []
    found = _CRON.fullmatch(text)
    if found is None:
        return None
    left_out = found["command"]
    assumptions = [f"We read the times only, not the command {left_out.strip()}"] if left_out else []
    return {"cron": parse_cron(found["cron"]).text, "timezone": timezone}, assumptions


def _spoken(text: str, at: datetime, timezone: str) -> tuple[dict[str, Any], list[str]]:
    for word, instead in _UNCLEAR.items():
        if word in text.lower():
            raise Invalid(f'"{word}" can mean two things. Write: {instead}',
                          field="say", code="phrase.unclear")
    reading = Reading(text, normalise(text), at, timezone)
    take_limits(reading)
    extras = take_suffixes(reading)
    take_times(reading)
    document = _read(reading)
    if document is None or (reading.window and "interval" not in document):
        raise not_understood(text)
    if reading.window:
        document["window"] = reading.window
    _merge(document, extras)
    within = limited(document, reading)
    if within is None:
        raise not_understood(text)
    return {**within, "timezone": reading.timezone}, reading.assumptions


def _merge(document: dict[str, Any], extras: dict[str, Any]) -> None:
    """Put what the end of the sentence added where it belongs."""
    rule = next((document[kind] for kind in ("daily", "weekly", "monthly") if kind in document), document)
    rule.update(extras)


def _read(reading: Reading) -> dict[str, Any] | None:
    reading.rest = _ONLY.sub(lambda found: found["day"] or "", _counted(reading))
    if (two := _TWO_MEANINGS.fullmatch(reading.rest)) and two["day"] in DAYS:
        day = WEEKDAYS[DAYS.index(two["day"])]
        raise Invalid(f'"every {ordinal(int(two["n"]))} {day}" can mean two things. Write: every {two["n"]} '
                      f"weeks on {day}, or the {ordinal(int(two['n']))} {day} of every month",
                      field="say", code="phrase.unclear")
    for read in (_interval, _daily, _weekly, read_monthly, read_once):
        if document := read(reading):
            return document
    return None


def _counted(reading: Reading) -> str:
    """Turn "twice a day at 9am and 5pm" into "every day", if as many times are named."""
    found = _SO_OFTEN.fullmatch(reading.rest)
    if found is None:
        return reading.rest
    number = int(found["n"])
    if found["unit"] == "day" and len(reading.times) == number:
        return f"every day{found['rest']}"
    if found["unit"] == "week" and len(day_numbers(found["rest"])) == number:
        return f"every week{found['rest']}"
    often = found[0].removesuffix(found["rest"]).replace("2 times", "twice")
    missing, example = {
        "day": ("at what times. Add times", "every day at 9am and 5pm"),
        "week": ("on which days. Add days", "every Monday and Thursday at 9am"),
        "month": ("on which days. Add days", "on the 1st and 15th at 9am"),
    }[found["unit"]]
    raise Invalid(f'We read "{often}" but not {missing}, like: {example}', field="say", code="phrase.partly")


def _interval(reading: Reading) -> dict[str, Any] | None:
    # "every second" is the unit, not the ordinal.
    rest = "every sec" if reading.rest == "every #2" and "second" in reading.text.lower() else reading.rest
    found = _INTERVAL.fullmatch(rest)
    if found is None or reading.times or reading.part:
        return None
    days = found["before"] or (found["after"] or "").removeprefix("every ")
    if days:
        hours = reading.window or {"from": "00:00", "to": "00:00"}
        reading.window = {**hours, "days": day_numbers(days)}
    return {"interval": f"{found['n'] or 1}{_UNITS[found['unit']]}"}


def _daily(reading: Reading) -> dict[str, Any] | None:
    found = _DAILY.fullmatch(reading.rest)
    if found is None and not (reading.rest in ("", "every") and (reading.times or reading.part)):
        return None
    if found is None:
        reading.assumptions.append("We assumed every day")
    every = int(found["n"] or 1) if found else 1
    return {"daily": {"times": reading.clock_times(), "every": every}}


def _weekly(reading: Reading) -> dict[str, Any] | None:
    found = next((found for form in _WEEKLY if (found := form.fullmatch(reading.rest))), None)
    if found is None:
        return None
    parts = found.groupdict()
    days = day_numbers(parts["days"] or "")
    if not days:
        reading.assumptions.append("We assumed Monday")
        days = [DAYS[0]]
    if reading.part == "night" and any(moment.hour < _DAWN for moment in reading.times):
        return None  # of a Sunday night, 2 am is on Monday: who means which?
    return {"weekly": {"days": days, "times": reading.clock_times(), "every": int(parts.get("n") or 1)}}
