from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.errors import Invalid
from engine.domain.phrases.phrases import parse_phrase
from engine.domain.schedules.schedules import parse_schedule
from engine.domain.schedules.sentences import sentence
from tests.domain.strategies import AT

BERLIN = "Europe/Berlin"
LINES = [line for line in (Path(__file__).parent / "data" / "phrases.txt").read_text().splitlines()
         if not line.startswith("#")]
UNDERSTOOD = [line.split(" => ") for line in LINES if " => " in line]
REFUSED = [line.split(" !! ") for line in LINES if " !! " in line]
PATTERNS = [
    {"interval": "5m"}, {"interval": "15m"}, {"interval": "45m"}, {"interval": "90m"}, {"interval": "6h"},
    {"interval": "30s"},
    {"interval": "2h", "window": {"from": "09:00", "to": "17:00", "days": ["mon", "tue"]}},
    {"interval": "15m", "window": {"from": "22:00", "to": "02:00"}},
    {"daily": {"times": ["09:00", "17:30"]}}, {"daily": {"times": ["02:30"], "every": 10}},
    {"weekly": {"days": ["mon", "tue", "wed", "thu", "fri"], "times": ["09:00"]}},
    {"weekly": {"days": ["mon", "thu"], "times": ["07:15"], "every": 2}},
    {"monthly": {"day": 31, "times": ["09:00"]}},
    {"monthly": {"day": 31, "short_month": "skip", "times": ["09:00"], "every": 3}},
    {"monthly": {"days": [1, 15, "last"], "times": ["09:00"]}},
    {"monthly": {"day": 24, "times": ["09:00"], "every": 12}},
    {"monthly": {"nth": "last", "weekday": "fri", "times": ["15:00"]}},
    {"monthly": {"working_day": 3, "times": ["15:00"], "every": 2}},
    {"once": "2026-12-24T18:00"},
    {"daily": {"times": ["09:00"]}, "holidays": {"calendars": ["country:US"], "rule": "skip"},
     "start_on": "2027-01-04", "end_on": "2028-03-31"},
    {"interval": "1h", "end_on": "2028-03-31"},
]
PLAIN = [phrase for phrase, _ in UNDERSTOOD if phrase[-1].isalnum() and not set(phrase) & {"~", "*"}]
WORDS = sorted({word for phrase in PLAIN for word in phrase.split()} | {"except", "not", "until", "-"})


def meaning(phrase):
    document, assumptions = parse_phrase(phrase, AT, BERLIN)
    said = sentence(parse_schedule(document, at=AT))
    return f"{said} | {'; '.join(assumptions)}" if assumptions else said


@pytest.mark.parametrize(("phrase", "expected"), UNDERSTOOD, ids=[phrase for phrase, _ in UNDERSTOOD])
def test_a_phrase_means_this(phrase, expected):
    assert meaning(phrase) == expected


@pytest.mark.parametrize(("phrase", "expected"), REFUSED, ids=[phrase for phrase, _ in REFUSED])
def test_a_phrase_with_a_word_nobody_knows_is_refused(phrase, expected):
    with pytest.raises(Invalid) as refused:
        meaning(phrase)
    assert refused.value.message.startswith(expected)


@pytest.mark.parametrize("zone", [BERLIN, "UTC", "America/New_York"])
@pytest.mark.parametrize("document", PATTERNS, ids=str)
def test_a_sentence_is_a_phrase_with_the_same_meaning(document, zone):
    schedule = parse_schedule({**document, "timezone": zone}, at=AT)
    said, assumptions = parse_phrase(sentence(schedule), AT, zone)
    assert parse_schedule(said, at=AT) == schedule
    assert assumptions == []


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(" ".join))
def test_any_row_of_words_is_understood_or_refused_but_never_a_crash(phrase):
    try:
        document, _ = parse_phrase(phrase, AT, BERLIN)
        parse_schedule(document, at=AT)
    except Invalid as refused:
        assert refused.message


@given(st.sampled_from(PLAIN),
       st.sampled_from(["except half", "maybe", "unless", "but not sundays or so", "xyz", "or so"]))
def test_a_word_more_at_the_end_is_never_ignored(phrase, word):
    with pytest.raises(Invalid):
        parse_phrase(f"{phrase} {word}", AT, BERLIN)


@pytest.mark.parametrize("text", ["", "   ", None, 5, "every day at 9am " * 20])
def test_nothing_and_novels_are_refused(text):
    with pytest.raises(Invalid):
        parse_phrase(text, AT, BERLIN)
