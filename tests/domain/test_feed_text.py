from dataclasses import replace
from datetime import UTC, datetime, timedelta

from engine.domain.due.feed_text import Event, feed_text

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
EVENT = Event("t-1", AT, "planned", AT, timedelta(minutes=5), "Report", "Planned: Schedule",
              "https://carillon.example/workflows/report/starts")


def lines(*events):
    return feed_text(events, "Carillon", AT).split("\r\n")


def unfolded(text):
    return text.replace("\r\n ", "")


def test_an_event_says_when_what_and_where():
    assert lines(EVENT)[8:-2] == [
        "BEGIN:VEVENT", "UID:t-1-20260302T090000Z@carillon", "DTSTAMP:20260302T090000Z",
        "DTSTART:20260302T090000Z", "DURATION:PT300S", "SUMMARY:Report", "DESCRIPTION:Planned: Schedule",
        "URL:https://carillon.example/workflows/report/starts", "STATUS:CONFIRMED", "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def test_an_event_keeps_its_name_when_it_has_run():
    done = replace(EVENT, status="failed", start=AT + timedelta(seconds=3), summary="Failed: Report")

    assert done.uid == EVENT.uid


def test_what_did_not_happen_is_cancelled():
    assert "STATUS:CANCELLED" in lines(replace(EVENT, status="missed"))
    assert "STATUS:CONFIRMED" in lines(replace(EVENT, status="failed"))


def test_every_line_ends_with_both_characters_and_is_short():
    text = feed_text([replace(EVENT, summary="Übersicht €𝄞 " * 40)], "Carillon", AT)

    assert "\n" not in text.replace("\r\n", "")
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    assert "Übersicht €𝄞 " * 40 in unfolded(text)


def test_a_name_can_not_add_lines_of_its_own():
    evil = "a\r\nEND:VEVENT\x00, b; c\\"
    written = lines(replace(EVENT, summary=evil))

    assert r"SUMMARY:a\nEND:VEVENT\, b\; c\\" in written
    assert written.count("END:VEVENT") == 1
