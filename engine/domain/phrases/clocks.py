"""Times as people say them, brought to digits: "half past six am" is "6.30am", "17h" is "17:00"."""

import re
from typing import Final

_WORDED: Final = re.compile(
    r"\b(?:(?P<past>half|quarter|\d{1,2})(?: minutes?)? past|"
    r"(?P<to>quarter|(?<=at )(?:5|10|20|25))(?: minutes?)? to)"
    r" (?P<hour>\d{1,2}|noon|midday|midnight)(?![\d:.])(?: ?(?P<half>[ap]m)\b)?"
)
_MINUTES: Final = {"half": 30, "quarter": 15}
_NAMED: Final = {"noon": 12, "midday": 12, "midnight": 24}
_CLOCK: Final = r"(\d{1,2}(?:[:.][0-5]\d)?)"
_DAYTIME: Final = r"in (?:the )?(morning|afternoon|evening)\b"
_OF_DAYTIME: Final = re.compile(rf"\b{_CLOCK} {_DAYTIME}")
_WITHIN_DAYTIME: Final = re.compile(rf"\b(between|from) {_CLOCK} (and|to|-|until|till) {_CLOCK} {_DAYTIME}")
# The hours of the twelve-hour clock that go by each name, in their order.
_HOURS: Final = {
    "morning": (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), "afternoon": (12, 1, 2, 3, 4, 5, 6),
    "evening": (4, 5, 6, 7, 8, 9, 10, 11),
}
_PLAIN: Final = (
    (r"\b(at|to|till|until|and|from|between|-) ?(\d{1,2})h\b", r"\1 \2:00"),
    (r"\b(\d{1,2})h([0-5]\d)\b", r"\1:\2"),
    (r"\b([0-5]\d) uhr\b", r"\1"),
    (r"\b(1[3-9]|2[0-9]|3[01])\.(0?[1-9]|1[0-2])\.(\d{4})\b", r"\3-\2-\1"),
    (r"\b(\d{4})-([1-9])-(\d\d)\b", r"\1-0\2-\3"),
)
_FOUR: Final = r"(?:[01]\d|2[0-3])[0-5]\d"
_MILITARY: Final = re.compile(rf"(?<!every )(?<!in )\b({_FOUR}(?: and {_FOUR})*) ?(?:hrs?|hours?)\b")


def spelled_in_digits(text: str) -> str:
    """Rewrite what can be meant in one way only; the rest stays for others to refuse."""
    for pattern, spelling in _PLAIN:
        text = re.sub(pattern, spelling, text)
    text = _MILITARY.sub(lambda found: re.sub(r"(\d\d)(\d\d)", r"\1:\2", found[1]), text)
    text = _WORDED.sub(_digits, text)
    text = _WITHIN_DAYTIME.sub(_span, text)
    return _OF_DAYTIME.sub(_halved, text) if len(_OF_DAYTIME.findall(text)) > 1 else text


def _digits(found: re.Match[str]) -> str:
    """With a point, not a colon: nobody says "half past three" of a clock with 24 hours."""
    minutes = found["past"] or found["to"]
    number = _MINUTES.get(minutes) or int(minutes)
    hour = _NAMED.get(found["hour"]) or int(found["hour"])
    ambiguous = found["to"] and found["hour"] == "12" and found["half"]
    if number > 30 or (found["hour"].isdigit() and not 1 <= hour <= 12) or ambiguous:
        return found[0]
    hour, minute = divmod(hour * 60 + (number if found["past"] else -number), 60)
    half = found["half"] or ("" if found["hour"].isdigit() else "am" if hour % 24 < 12 else "pm")
    return f"{(hour - 1) % 12 + 1}.{minute:02}{half}"


def _span(found: re.Match[str]) -> str:
    """Both ends are of the same part of the day: "between 6 and 9 in the morning"."""
    word, first, link, last, part = found.groups()
    hours = _HOURS[part]
    ends = [int(re.split("[:.]", clock)[0]) for clock in (first, last)]
    if not all(hour in hours for hour in ends) or hours.index(ends[0]) > hours.index(ends[1]):
        return found[0]
    return f"{word} {first}{_half(part)} {link} {last}{_half(part)}"


def _halved(found: re.Match[str]) -> str:
    clock, part = found.groups()
    hour = int(re.split("[:.]", clock)[0])
    return f"{clock}{_half(part)}" if hour in _HOURS[part] else found[0]


def _half(part: str) -> str:
    return "am" if part == "morning" else "pm"
