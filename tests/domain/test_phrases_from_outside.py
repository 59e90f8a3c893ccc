"""Phrases of somebody who has never seen the grammar: most are read, none is read wrongly."""

import re
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from engine.domain.errors import Invalid
from engine.domain.phrases.phrases import parse_phrase
from engine.domain.schedules.schedules import parse_schedule
from engine.domain.timetables.occurrences import alone, occurrences
from tests.domain.strategies import AT

BERLIN = "Europe/Berlin"
LINES = [line.split("\t") for line in
         (Path(__file__).parent / "data" / "phrases_from_outside.tsv").read_text().splitlines()
         if not line.startswith("#")]
SENSIBLE = [(phrase, meaning) for phrase, meaning in LINES if meaning != "refuse"]
NONSENSE = [phrase for phrase, meaning in LINES if meaning == "refuse"]
COUNTED = {"days": "daily", "weeks": "weekly", "months": "monthly"}
UNITS = {"minutes": "m", "hours": "h"}


def read(phrase):
    """What the grammar makes of it; None when it is refused."""
    try:
        document, _ = parse_phrase(phrase, AT, BERLIN)
        parse_schedule(document, at=AT)
    except Invalid:
        return None
    return document


def meant(meaning, found):
    """The document of what the writer says it means; `found` fills in what the writer leaves open."""
    rule, *limits = meaning.split("; ")
    document = {"once": once(rule.split()[1:])} if rule.startswith("once ") else recurring(rule, found)
    for limit in limits:
        limited(document, limit, found)
    return {**document, "timezone": BERLIN}


def recurring(rule, found):
    if short := re.fullmatch(r"every (\d+) (minutes|hours)", rule):
        return {"interval": f"{short[1]}{UNITS[short[2]]}"}
    head, _, times = rule.partition(" at ")
    counted = re.match(r"every (\d+) (\w+)", head)
    kind = COUNTED[counted[2]] if counted else head.split()[0]
    part = {"every": int(counted[1])} if counted else {}
    part |= days(head.partition(" on ")[2]) if " on " in head else {}
    part["times"] = found[kind]["times"] if times == "??" else times.split(",")
    return {kind: part}


def days(text):
    if found := re.fullmatch(r"(last|\d+)\w* weekday (\w+)", text):
        return {"nth": number(found[1]), "weekday": found[2]}
    if found := re.fullmatch(r"(last|\d+)\w* working day", text):
        return {"working_day": number(found[1])}
    if found := re.fullmatch(r"(last) day|day (\d+)", text):
        return {"days": [number(found[1] or found[2])]}
    return {"days": text.split(",")}


def number(text):
    return text if text == "last" else int(text)


def once(words):
    today = AT.astimezone(ZoneInfo(BERLIN)).date()
    if words[0] == "in":
        moment = AT.replace(second=0) + timedelta(**{words[2]: int(words[1])})
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    named = {"today": today, "tomorrow": today + timedelta(days=1)}
    return f"{named.get(words[0], words[0])}T{words[1]}"


def limited(document, limit, found):
    word, _, rest = limit.partition(" ")
    if limit == "not on holidays":
        document["holidays"] = {"calendars": ["country:DE"]}
    elif word == "between":
        opens, closes = rest.split(" and ")
        document.setdefault("window", {}).update(
            {"from": opens, "to": closes} if opens != "??" else
            {side: found["window"][side] for side in ("from", "to")})
    elif word == "on":
        whole_day = {"from": "00:00", "to": "00:00"}
        document["window"] = {**whole_day, **document.get("window", {}), "days": rest.split(",")}
    elif word == "anchored":
        document["monthly"]["anchor"] = rest
    else:
        document[{"until": "end_on", "from": "start_on"}[word]] = rest


def times(document):
    schedule = parse_schedule(document, at=AT)
    return list(occurrences(schedule, AT, limit=60, around=alone(schedule)))


@pytest.mark.parametrize(("phrase", "meaning"), SENSIBLE, ids=[phrase for phrase, _ in SENSIBLE])
def test_what_is_read_is_what_was_meant(phrase, meaning):
    found = read(phrase)
    if found is not None:
        assert times(found) == times(meant(meaning, found))


@pytest.mark.parametrize("phrase", NONSENSE)
def test_what_means_nothing_is_refused(phrase):
    assert read(phrase) is None


def test_nine_of_ten_are_read():
    assert sum(read(phrase) is not None for phrase, _ in SENSIBLE) >= 0.9 * len(SENSIBLE)
