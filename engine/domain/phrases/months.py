"""Monthly, quarterly and yearly phrases."""

import re
from datetime import date
from typing import Any, Final

from engine.domain.phrases.spelling import DAY, MONTH, MONTHS
from engine.domain.phrases.times import Reading

_ONE_DAY: Final = r"(?:#?\d{1,2}|#\d{1,2} day|last day|last)"
_DAYS: Final = rf"(?P<days>(?:day )?{_ONE_DAY}(?:(?: and)? {_ONE_DAY})*)"
_NTH: Final = rf"(?P<nth>#\d{{1,2}}|last) (?P<what>{DAY}|weekday)"
_END: Final = r"(?:at )?(?P<end>month end|end month|end)"
_EVERY: Final = r"(?:every (?:#?(?P<n>\d{1,2}) )?(?P<unit>month|quarter))"
_SPEC: Final = rf"(?:{_NTH}|{_DAYS})"
_FORMS: Final = tuple(re.compile(form) for form in (
    _EVERY,
    rf"{_EVERY} {_SPEC}",
    rf"(?:every )?{_NTH} {_EVERY}",
    rf"(?:every )?{_DAYS} {_EVERY}",
    rf"(?:every )?{_SPEC} (?P<plain>month|quarter)",
    rf"(?P<bare>{_NTH})",
    rf"every (?P<often>last {DAY}|last weekday)",
    r"(?:every )?(?P<alone>(?:#\d{1,2}|last day)(?:(?: and)? (?:#\d{1,2}|last day))*)",
    rf"(?:every )?{_END}(?: {_EVERY})?",
))
_YEARLY: Final = tuple(re.compile(form) for form in (
    rf"every year #?(?P<day>\d{{1,2}}) (?P<month>{MONTH})",
    rf"every year (?P<month>{MONTH}) #?(?P<day>\d{{1,2}})",
    rf"every #?(?P<day>\d{{1,2}}) (?P<month>{MONTH})",
    rf"every (?P<month>{MONTH}) #?(?P<day>\d{{1,2}})",
    rf"#?(?P<day>\d{{1,2}}) (?P<month>{MONTH}) every year",
    rf"(?P<month>{MONTH}) #?(?P<day>\d{{1,2}}) every year",
    r"every year",
))


def read_monthly(reading: Reading) -> dict[str, Any] | None:
    if found := _first(_YEARLY, reading.rest):
        return _yearly(found.groupdict(), reading)
    found = _first(_FORMS, reading.rest)
    return _monthly(found.groupdict(), reading) if found else None


def _first(forms: tuple[re.Pattern[str], ...], text: str) -> re.Match[str] | None:
    return next((found for form in forms if (found := form.fullmatch(text))), None)


def _yearly(parts: dict[str, str | None], reading: Reading) -> dict[str, Any] | None:
    day, month = parts.get("day"), parts.get("month")
    if not (day and month):
        reading.assumptions.append("We assumed 1 January")
    number = MONTHS.index(month) + 1 if month else 1
    if not 1 <= int(day or 1) <= 31:
        return None
    anchor = date(reading.at.year, number, 1).isoformat()
    return {"monthly": {"days": [int(day or 1)], "every": 12, "anchor": anchor,
                        "times": reading.clock_times()}}


def _monthly(parts: dict[str, str | None], reading: Reading) -> dict[str, Any] | None:
    quarter = "quarter" in (parts.get("unit"), parts.get("plain"))
    every = int(parts.get("n") or 1) * (3 if quarter else 1)
    rule = _day(parts, reading)
    if rule is None:
        return None
    if quarter:
        last = "last" in str(rule)
        rule["anchor"] = date(reading.at.year, 3 if last else 1, 1).isoformat()
    return {"monthly": {**rule, "every": every, "times": reading.clock_times()}}


def _day(parts: dict[str, str | None], reading: Reading) -> dict[str, Any] | None:
    if parts.get("end"):
        return {"days": ["last"]}
    nth, what = parts.get("nth"), parts.get("what")
    if often := parts.get("often"):
        nth, what = often.split(" ")
    if nth and what:
        return _nth(nth, what)
    days = parts.get("days") or parts.get("alone")
    if days is None:
        reading.assumptions.append("We assumed the 1st")
        return {"days": [1]}
    words = days.removeprefix("day ").replace("last day", "last").replace(" day", "")
    found: list[int | str] = []
    for word in words.replace(" and ", " ").split():
        found.append("last" if word == "last" else int(word.removeprefix("#")))
    usable = all(day == "last" or 1 <= int(day) <= 31 for day in found)
    return {"days": found} if usable and len(set(found)) == len(found) else None


def _nth(nth: str, what: str) -> dict[str, Any] | None:
    number: int | str = "last" if nth == "last" else int(nth.removeprefix("#"))
    most = 10 if what == "weekday" else 5
    if number != "last" and not 1 <= int(number) <= most:
        return None
    return {"working_day": number} if what == "weekday" else {"weekday": what, "nth": number}
