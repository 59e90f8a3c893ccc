"""What a phrase leaves out: days of the week, public holidays, what is before or after a date."""

import re
from functools import lru_cache
from typing import Any, Final

from babel import Locale
from babel.core import get_global

from engine.domain.errors import Invalid
from engine.domain.phrases.dates import MONTH_DAY, read_date
from engine.domain.phrases.spelling import DAY_LIST, DAYS, day_numbers
from engine.domain.phrases.times import Reading, not_understood
from engine.domain.time.calendars import check_country

_HOLIDAYS: Final = r"(?:(?:public|bank|national|legal) )?holidays?"
_NOT: Final = (r"(?:but not|except(?: for| not)?|excluding|not|no|without|skip(?:ping)?|but|"
               r"unless(?: 's| is)?(?: an?)?)")
_WHAT: Final = rf"(?:{DAY_LIST}|{_HOLIDAYS})"
_LEFT_OUT: Final = re.compile(
    rf"\b{_NOT} (?P<what>{_WHAT}(?: (?:and |or )?{_WHAT})*)(?: in (?P<country>[a-z ]+)$|(?!\S))"
)
_BASE: Final = re.compile(rf"(?:\bevery day|\b{DAY_LIST})$")
_CLOCK: Final = re.compile(r"\d|\bnoon\b|\bmidday\b|\bmidnight\b")
_SPAN: Final = re.compile(
    rf"(?<!counting )(?<!counted )\b(?P<word>starting|starts|from|ending|ends|until|till|through) "
    rf"(?:(?P<iso>\d{{4}}-\d\d-\d\d)|{MONTH_DAY})(?: (?P<year>\d{{4}}))?(?!\S)"
)
_STARTS: Final = ("starting", "starts", "from")
_ALWAYS: Final = re.compile(r"\b(?:day and night|a?round clock|24/7|all day(?: long)?)(?!\S)")
_OVERNIGHT: Final = re.compile(r"\bovernight\b")


def take_limits(reading: Reading) -> None:
    """Take out of the phrase what limits its rule."""
    limits = reading.limits
    limits.around_the_clock = reading.take(_ALWAYS) is not None
    limits.overnight = reading.take(_OVERNIGHT) is not None
    while found := reading.take(_SPAN):
        side = "start_on" if found["word"] in _STARTS else "end_on"
        day = read_date(found, reading)
        if day is None or side in limits.span:
            raise not_understood(reading.text)
        limits.span[side] = day.isoformat()
    found = _LEFT_OUT.search(reading.rest)
    if found and _is_plain(reading.rest[:found.start()].strip(), reading.rest[found.end():].strip()):
        reading.take(_LEFT_OUT)
        _leave_out(found, reading)


def limited(document: dict[str, Any], reading: Reading) -> dict[str, Any] | None:
    """Return the document within the limits; None where they contradict it."""
    limits, window = reading.limits, document.get("window")
    if limits.around_the_clock and (window or "interval" not in document):
        return None
    if limits.overnight and not (window and window["from"] > window["to"]):
        return None
    if "once" in document and (limits.days or limits.holidays is not None or limits.span):
        return None
    if limits.holidays is not None:
        document["holidays"] = {"calendars": [_calendar(limits.holidays, reading)], "rule": "skip"}
    document.update(limits.span)
    return _without_days(document, limits.days) if limits.days else document


def _is_plain(before: str, after: str) -> bool:
    """Whether it is at the end, or follows the days it takes from and only one side names times."""
    if not after:
        return True
    return bool(_BASE.search(before)) and not (_CLOCK.search(before) and _CLOCK.search(after))


def _leave_out(found: re.Match[str], reading: Reading) -> None:
    what = re.sub(r"\bor\b", "and", found["what"])
    days = re.sub(_HOLIDAYS, "", what)
    reading.limits.days = tuple(day_numbers(days))
    if days != what:
        reading.limits.holidays = (found["country"] or "").strip()
    elif found["country"]:
        raise not_understood(reading.text)


def _calendar(country: str, reading: Reading) -> str:
    code = _codes().get(country, "") if country else (
        get_global("zone_territories").get(reading.timezone, ""))
    try:
        check_country(f"country:{code}", "say")
    except Invalid:
        raise Invalid("We read that holidays are left out, but not of which country. Leave it out here and "
                      'choose them under "Holidays" below', field="say", code="phrase.partly") from None
    if not country:
        reading.assumptions.append(f"We took public holidays in {Locale('en').territories[code]}")
    return f"country:{code}"


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    return {name.lower(): code for code, name in Locale("en").territories.items()}


def _without_days(document: dict[str, Any], left_out: tuple[str, ...]) -> dict[str, Any] | None:
    """Take days off a rule that has them all; more than it has can't be meant."""
    daily, weekly, window = document.get("daily"), document.get("weekly"), document.get("window")
    if daily and daily["every"] == 1:
        weekly = {"days": list(DAYS), "times": daily["times"], "every": 1}
        document = {"weekly": weekly, **{name: part for name, part in document.items() if name != "daily"}}
    if weekly:
        part = weekly
    elif "interval" in document:
        part = document.setdefault("window", window or {"from": "00:00", "to": "00:00"})
    else:
        return None
    days = part.get("days", list(DAYS))
    kept = [day for day in days if day not in left_out]
    if not kept or not set(left_out) <= set(days):
        return None
    part["days"] = kept
    return document
