from datetime import timedelta

import pytest

from engine.domain.errors import Invalid
from engine.domain.time.durations import format_duration, in_words, limit_in_words, parse_duration


@pytest.mark.parametrize(("text", "seconds"), [
    ("30s", 30), ("5m", 300), ("1h", 3_600), ("1d", 86_400), ("2w", 1_209_600), ("5 m", 300), (" 5M ", 300),
    ("90m", 5_400), ("3650d", 315_360_000),
])
def test_a_number_with_a_unit_is_a_length(text, seconds):
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", [
    "", "5", "m", "5 min", "5x", "-5m", "0m", "5m5s", "1.5h", "٥m", "5mm", "9999999999s",
    "3651d", None, 5, [],
])
def test_anything_else_is_refused(text):
    with pytest.raises(Invalid):
        parse_duration(text)


def test_a_refusal_names_the_field_it_was_given():
    with pytest.raises(Invalid) as refused:
        parse_duration("soon", field="interval")
    assert refused.value.field == "interval"


@pytest.mark.parametrize("text", ["30s", "5m", "90m", "1h", "36h", "1d", "14d"])
def test_a_length_is_written_as_it_was_read(text):
    assert format_duration(parse_duration(text)) == text


@pytest.mark.parametrize(("text", "words"), [
    ("1s", "1 second"), ("5m", "5 minutes"), ("90m", "1 hour 30 minutes"), ("1d", "1 day"), ("2w", "14 days"),
])
def test_a_length_is_said_in_words(text, words):
    assert in_words(parse_duration(text)) == words


@pytest.mark.parametrize(("seconds", "words"), [
    (1, "1 second"), (1.99748, "2 seconds"), (0.5, "0.5 seconds"), (2.5, "2.5 seconds"),
    (299.7, "5 minutes"), (37.4, "37 seconds"), (-1, "0 seconds"),
])
def test_a_limit_is_said_in_whole_seconds_unless_it_is_shorter(seconds, words):
    assert limit_in_words(seconds) == words
