"""What is kept of too much data."""

import json

from hypothesis import given
from hypothesis import strategies as st

from engine.domain.runs import payloads
from engine.domain.runs.payloads import capped, size_of

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=8) | st.dictionaries(st.text(max_size=8), inner, max_size=8),
    max_leaves=40,
)


def test_what_fits_is_kept_as_it_is_without_a_note():
    value = {"rows": [1, 2, 3]}

    assert capped(value, 1_000) == (value, None)


def test_a_long_text_loses_its_end_and_a_note_says_how_much_there_was():
    kept, note = capped("x" * 52_000_000, 10_000_000)

    assert kept.startswith("xxx")
    assert kept.endswith("… (cut)")
    assert note == "Cut to 10 MB. It was 52 MB."


def test_the_note_says_what_a_little_too_much_was():
    assert capped("x" * 10_000_000, 10_000_000)[1] == "Cut to 10 MB. It was 2 bytes more."


def test_a_long_list_keeps_its_first_items_whole():
    kept, _ = capped([{"number": number} for number in range(1_000)], 500)

    assert kept[0] == {"number": 0}
    assert kept == [{"number": number} for number in range(len(kept))]


def test_small_fields_stay_whole_beside_a_large_one():
    kept, _ = capped({"status": 200, "data": "x" * 5_000, "url": "https://example.org"}, 1_000)

    assert list(kept) == ["status", "data", "url"]
    assert (kept["status"], kept["url"]) == (200, "https://example.org")
    assert 500 < len(kept["data"]) < 1_000


@given(PLAIN, st.integers(20, 400))
def test_what_is_kept_always_fits_and_stays_plain(value, limit):
    kept, note = capped(value, limit)

    assert size_of(kept) <= limit
    assert json.loads(json.dumps(kept)) == kept
    assert (note is None) == (kept == value)


def test_characters_that_take_much_room_are_cut_sooner():
    kept, _ = capped("\0" * 1_000, 600)

    assert size_of(kept) <= 600


def test_a_log_line_of_10_mb_is_cut_and_says_so():
    kept = payloads.line("x" * 10_000_000)

    assert len(kept) < 21_000
    assert kept.endswith("… (cut, 10 MB more)")


def test_an_ordinary_log_line_is_left_alone():
    assert payloads.line("Run started") == "Run started"
