from datetime import UTC, date, datetime, timedelta

from engine.domain.due.agenda import Filled, Line, Start, clashes, planned_lines
from engine.domain.due.calendar_slots import slots

DAY = date(2026, 3, 2)
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def start(name):
    return Start(name, name, name, name, "Schedule")


def line(status, minutes=0):
    return Line(start(status), status, NINE + minutes * MINUTE, NINE + minutes * MINUTE)


def test_the_moments_of_a_start_become_one_line_in_each_slot():
    week = slots("list", DAY, "UTC", DAY)
    moments = [NINE, NINE + timedelta(hours=8), NINE + timedelta(days=2)]

    found = planned_lines(week, {start("a"): moments}, {}, [])

    assert [[(one.first_at, one.last_at, one.times) for one in lines] for lines in found[:4]] == [
        [(moments[0], moments[1], 2)], [], [(moments[2], moments[2], 1)], [],
    ]


def test_a_moved_time_is_known_by_the_time_its_rule_says():
    hours = slots("day", DAY, "UTC", DAY)
    was = NINE - timedelta(hours=2)

    found = planned_lines(hours, {start("a"): [NINE]}, {(start("a"), NINE): was}, [(start("b"), NINE)])

    assert [(one.status, one.first_at, one.due_at) for one in found[9]] == [
        ("planned", NINE, was), ("skipped", NINE, NINE),
    ]


def test_when_there_is_little_room_failures_stay():
    lines = [line("completed", number) for number in range(5)] + [line("failed", 9), line("missed", 8)]

    shown = Filled(slots("day", DAY, "UTC", DAY)[9], lines).shown(3)

    assert [one.status for one in shown] == ["completed", "missed", "failed"]


def test_five_in_one_minute_clash_and_four_do_not():
    five = {start(f"s{number}"): [NINE + timedelta(seconds=number)] for number in range(5)}

    assert [(clash.at, len(clash.starts)) for clash in clashes(five)] == [(NINE, 5)]
    assert clashes(dict(list(five.items())[:4])) == []


def test_the_quiet_minute_is_one_that_stays_clear_of_others():
    crowd = {start(f"s{number}"): [NINE] for number in range(8)}
    busy = {start("t"): [NINE + 5 * MINUTE], start("u"): [NINE + 7 * MINUTE]}

    assert clashes(crowd)[0].quiet_at == NINE + 5 * MINUTE
    assert clashes({**crowd, **busy})[0].quiet_at == NINE + 9 * MINUTE


def test_where_every_minute_is_taken_no_quiet_one_is_made_up():
    crowd = {start(f"s{number}"): [NINE] for number in range(8)}
    full = {start("t"): [NINE + number * MINUTE for number in range(60)]}

    assert clashes({**crowd, **full})[0].quiet_at is None
