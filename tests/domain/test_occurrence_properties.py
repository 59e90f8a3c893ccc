from datetime import timedelta
from itertools import islice, pairwise

from hypothesis import assume, given

from engine.domain.errors import Invalid
from engine.domain.schedules.schedules import parse_schedule, to_document
from engine.domain.timetables.occurrences import next_occurrence, occurrences
from tests.domain.strategies import AT, documents, moments


def parsed(document):
    try:
        return parse_schedule(document, at=AT)
    except Invalid as refused:
        assume(refused.error_code not in ("never", "crowd"))
        raise


@given(documents, moments)
def test_a_preview_is_the_next_time_asked_for_again_and_again(document, after):
    schedule = parsed(document)
    one_by_one, moment = [], after
    while len(one_by_one) < 8 and (moment := next_occurrence(schedule, moment)):
        one_by_one.append(moment)
    assert one_by_one == list(occurrences(schedule, after, limit=8))


@given(documents, moments)
def test_times_come_in_order_and_after_the_moment_asked_about(document, after):
    found = [after, *occurrences(parsed(document), after, limit=20)]
    assert all(earlier < later for earlier, later in pairwise(found))


@given(documents, moments)
def test_asking_from_the_middle_gives_the_rest_of_the_same_times(document, after):
    schedule = parsed(document)
    found = list(occurrences(schedule, after, limit=12))
    for position, moment in enumerate(found):
        rest = found[position:]
        assert list(islice(occurrences(schedule, moment - timedelta(seconds=1)), len(rest))) == rest


@given(documents)
def test_what_was_written_is_read_back_at_any_later_time(document):
    schedule = parsed(document)
    later = AT + timedelta(days=4_000)
    assert parse_schedule(to_document(schedule), at=later, stored=True) == schedule


@given(documents, moments)
def test_an_end_only_cuts_the_times_off(document, after):
    schedule = parsed(document)
    until = after + timedelta(days=20)
    found = list(islice(occurrences(schedule, after), 300))
    assert list(occurrences(schedule, after, until=until, limit=300)) == [
        moment for moment in found if moment <= until]
