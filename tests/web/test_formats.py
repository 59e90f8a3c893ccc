from datetime import UTC, datetime, timedelta

import pytest

from blueprints.shared import formats

AT = datetime(2026, 11, 20, 8, 12, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def test_a_moment_is_told_in_the_readers_zone_and_names_it():
    words = formats.moment_words(MONDAY, "Europe/Berlin", AT, name_zone=True)
    assert words == "Mon 23 Nov, 9:00 am, Berlin time"


def test_noon_midnight_and_evening_read_as_people_say_them():
    noon = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
    spoken = [formats.clock_words(noon + timedelta(hours=h), "Europe/Berlin") for h in (0, 6, 12)]
    assert spoken == ["12:00 pm", "6:00 pm", "12:00 am"]


def test_other_languages_use_their_own_clock_and_names():
    assert formats.moment_words(MONDAY, "Europe/Berlin", AT, "de") == "Mo. 23 Nov., 09:00"


@pytest.mark.parametrize(("shift", "words"), [(-1, "yesterday"), (0, "today"), (1, "tomorrow")])
def test_days_next_to_today_have_names(shift: int, words: str):
    assert formats.day_words(AT + timedelta(days=shift), "Europe/Berlin", AT) == words


def test_today_is_decided_where_the_reader_is():
    late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    assert formats.day_words(late, "UTC", AT) == "today"
    assert formats.day_words(late, "Europe/Berlin", AT) == "tomorrow"


def test_another_year_is_named():
    assert formats.day_words(datetime(2027, 3, 28, 9, tzinfo=UTC), "UTC", AT) == "Sun 28 Mar 2027"


@pytest.mark.parametrize(("zone", "words"), [
    ("Europe/Berlin", "Berlin time"), ("America/New_York", "New York time"),
    ("America/Argentina/Buenos_Aires", "Buenos Aires time"), ("UTC", "UTC"),
])
def test_zones_are_called_by_their_city(zone: str, words: str):
    assert formats.zone_words(zone) == words


@pytest.mark.parametrize(("seconds", "words"), [
    (0, "just now"), (-44, "just now"), (44, "in a moment"), (-45, "1 min ago"), (180, "in 3 min"),
    (-150, "3 min ago"), (-3569, "59 min ago"), (-3570, "1 h ago"), (7200, "in 2 h"),
    (84599, "in 23 h"), (84600, "in 1 day"), (172800, "in 2 days"), (-2592000, "30 days ago"),
])
def test_distances_in_time_use_one_rough_unit(seconds: int, words: str):
    assert formats.relative(AT + timedelta(seconds=seconds), AT) == words


@pytest.mark.parametrize(("milliseconds", "words"), [
    (None, "–"), (3, "0.1 s"), (400, "0.4 s"), (949, "0.9 s"), (950, "1 s"), (12_000, "12 s"),
    (64_000, "1 min 4 s"), (60_000, "1 min"), (7_500_000, "2 h 5 min"), (3_601_000, "1 h"),
    (266_400_000, "3 d 2 h"),
])
def test_lengths_show_at_most_two_units(milliseconds: int | None, words: str):
    assert formats.took(milliseconds) == words


@pytest.mark.parametrize(("seconds", "words"), [(14, "0:14"), (3729, "1:02:09"), (-5, "0:00")])
def test_running_clocks_never_go_below_zero(seconds: int, words: str):
    assert formats.stopwatch(timedelta(seconds=seconds)) == words


def test_a_step_lies_within_its_run():
    end = AT + timedelta(seconds=40)
    assert formats.stretch(AT, AT + timedelta(seconds=10), AT, end) == (0.0, 25.0)
    assert formats.stretch(end, end, AT, end) == (99.0, 0.8)


def test_a_failure_is_the_tallest_bar_whatever_it_took():
    assert formats.bar_height("failed", 1, 10_000) == 100
    assert formats.bar_height("completed", 10_000, 10_000) == 50
    assert formats.bar_height("completed", 10_000_000, 10_000) == 85
    assert formats.bar_height("skipped", None, 10_000) == 20
