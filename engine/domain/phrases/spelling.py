"""The words a phrase may use, brought to one spelling: "Every other Mondays" is "every 2 mon"."""

import re
from typing import Final

from engine.domain.phrases.clocks import spelled_in_digits

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAY: Final = f"(?:{'|'.join(DAYS)})"
MONTH: Final = f"(?:{'|'.join(MONTHS)})"
DAY_WORDS: Final = f"(?:{'|'.join(DAYS)}|weekday|weekend)"
DAY_LIST: Final = rf"{DAY_WORDS}(?:(?: and)? {DAY_WORDS})*"
_NUMBERS: Final = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "sixty": 60,
    "ninety": 90,
}
_ORDINALS: Final = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
    "eighth": 8, "ninth": 9, "tenth": 10,
}
_FULL_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FULL_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)
_SHORT_DAYS: Final = ("mo", "tu", "we", "th", "fr", "sa", "su")
_SHORT_DAY: Final = f"({'|'.join(_SHORT_DAYS)})"
# In this order: later lines rely on the spelling of earlier ones.
_BEFORE_NUMBERS: Final = (
    (r"[–—−]", "-"),
    (r"[‘’]", "'"),
    (r"(\d{4}-\d\d-\d\d)t(?=\d)", r"\1 "),
    (r"[\s\u00a0\u202f]+", " "),
    (r"\b([ap])\.m\.?(?!\w)", r"\1m"),
    (r"\(mon-fri\)|[.!]+$|^please | please$", ""),
    (r"[,;]|\.(?= |$)|: (?=\w)", " "),
    (r"^(?:run|start) (?:it |this )?", ""),
    (r"&", " and "),
    (r"\b(\d{1,2}) ?o'clock\b", r"\1"),
    (r"\b12 (?=noon\b|midnight\b)", ""),
    (r"\bm[ /]*w[ /]*(?:and )?f\b", "mon wed fri"),
)
_AFTER_NUMBERS: Final = (
    (r"\beach\b|\bevery single\b", "every"),
    (r"\bper\b", "a"),
    (r"\btwice\b", "2 times"),
    (r"\b(?:every )?hour and a half\b", "every 90 min"),
    (r"\bin half an hour\b", "in 30 min"),
    (r"\b(?:every )?half(?: an)?[ -]?(?:hour\b|hourly)", "every 30 min"),
    (r"\b(?:every )?quarter of an hour\b|\bevery quarter[ -]hour\b", "every 15 min"),
    (r"\bonce (?:an?|every) ", "every "),
    (r"\bonce (?=(?:hour|dai|night|week|month|year)ly\b)", ""),
    (r"\bevery other\b|\b(?:every )?alternate\b", "every 2"),
    (r"\bhourly\b", "every hour"),
    (r"\bdaily\b", "every day"),
    (r"\bnightly\b", "every night"),
    (r"\bweekly\b", "every week"),
    (r"\bfortnightly\b|\bevery fortnight\b", "every 2 week"),
    (r"\bmonthly\b", "every month"),
    (r"\bquarterly\b", "every quarter"),
    (r"\b(?:yearly|annually)\b", "every year"),
    (r"\b(\d+) ?(?:s|sec|secs|second|seconds)\b", r"\1 sec"),
    (r"\b(\d+) ?(?:m|min|mins)\b", r"\1 min"),
    (r"\b(\d+) ?(?:h|hr|hrs)\b", r"\1 hour"),
    (r"\b(?:seconds|secs)\b", "sec"),
    (r"\b(?:minutes?|mins)\b", "min"),
    (r"\b(hour|week|month|quarter|year)s\b", r"\1"),
    (r"\b(?:working|business|work) ?days?\b|\bweekdays?\b", "weekday"),
    (r"\bweekends?\b", "weekend"),
    (r"\bdays\b", "day"),
    (r"\b7 day a week\b", "every day"),
    (r"\b(\d) day a week\b", r"\1 times a week"),
    (r"\b(\d{1,2})(?:st|nd|rd|th)\b", r"#\1"),
    (r"\btonight\b", "today night"),
    (r"\b(?:run|it|the|on|of|please)\b", ""),
    (r" +", " "),
    (r"\bvery (?=last\b)|\bat (?=weekend\b)|\bin (?=every month\b)", ""),
    (rf"\ba (?={DAY}\b)", ""),
    (r"\b(?:at )?beginning (?:every )?month(?: #1(?: day)?)?", "every month #1"),
)


def normalise(text: str) -> str:
    """Lower case, one spelling per word, no filler words."""
    found = _respelled(text.lower().strip(), _BEFORE_NUMBERS)
    found = spelled_in_digits(_named(found))
    return _day_ranges(_respelled(found, _AFTER_NUMBERS))


def day_numbers(words: str) -> list[str]:
    """Spell out "weekday" and "weekend and mon" as keys in the order of the week."""
    found: set[str] = set()
    for word in words.replace(" and ", " ").split():
        found.update({"weekday": DAYS[:5], "weekend": DAYS[5:]}.get(word, (word,)))
    return [day for day in DAYS if day in found]


def _respelled(text: str, spellings: tuple[tuple[str, str], ...]) -> str:
    for pattern, spelling in spellings:
        text = re.sub(pattern, spelling, text).strip()
    return text


def _named(text: str) -> str:
    for word, number in _NUMBERS.items():
        text = re.sub(rf"\b{word}\b", str(number), text)
    text = re.sub(r"\b(\d+) second\b", r"\1 sec", text)
    for word, number in _ORDINALS.items():
        text = re.sub(rf"\b{word}\b", f"#{number}", text)
    text = re.sub(rf"\b{_SHORT_DAY} ?- ?{_SHORT_DAY}\b", _long_range, text)
    for short, word in zip(DAYS, _FULL_DAYS, strict=True):
        text = re.sub(rf"\b(?:{word}s?|{short}s?)\b", short, text)
    text = re.sub(r"\btues\b", "tue", text)
    text = re.sub(r"\bweds\b", "wed", text)
    text = re.sub(r"\bthurs?\b", "thu", text)
    for short, word in zip(MONTHS, _FULL_MONTHS, strict=True):
        text = re.sub(rf"\b(?:{word}|{short})\b", short, text)
    text = re.sub(rf"\b({DAY}) ?/ ?(?={DAY}\b)", r"\1 ", text)
    return re.sub(r"\bsept\b", "sep", text)


def _long_range(found: re.Match[str]) -> str:
    return "-".join(DAYS[_SHORT_DAYS.index(short)] for short in found.groups())


def _day_ranges(text: str) -> str:
    def spelled(found: re.Match[str]) -> str:
        first, last = DAYS.index(found[1]), DAYS.index(found[2])
        return " ".join(DAYS[number % 7] for number in range(first, first + (last - first) % 7 + 1))

    return re.sub(rf"\b(?:from )?({DAY}) ?(?:-|to|through|thru|until) ?({DAY})\b", spelled, text)
