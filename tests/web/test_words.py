from types import SimpleNamespace

import pytest

from blueprints.shared import words
from engine.domain.runs import states


@pytest.mark.parametrize("status", [
    *states.EXECUTION_STATUSES, *states.STEP_STATUSES, *states.OUTCOMES, *states.WORKFLOW_STATES,
    *states.SCHEDULE_STATES,
])
def test_every_status_has_words_an_icon_and_a_colour(status: str):
    shown = words.look(status)
    assert shown.text and shown.icon and shown.token in {"ok", "bad", "run", "wait", "idle"}


@pytest.mark.parametrize("reason", states.WAITING_REASONS)
def test_every_reason_to_wait_can_be_shown(reason: str):
    assert words.look(states.WAITING, reason).text


def test_a_reason_without_words_of_its_own_keeps_the_status():
    assert words.look(states.SKIPPED, "holiday") == words.look(states.SKIPPED)


def test_runs_are_counted_in_the_words_of_their_chips():
    runs = [SimpleNamespace(status=states.COMPLETED)] * 2 + [SimpleNamespace(status=states.FAILED)]
    assert words.tally(runs) == "2 succeeded, 1 failed"
    odd = SimpleNamespace(status=states.COMPLETED, unusual=True)
    assert words.tally([*runs, odd]) == "3 succeeded (1 looks unusual), 1 failed"
    assert words.tally([odd, odd]) == "2 succeeded (2 look unusual)"


def test_the_page_of_one_run_belongs_to_runs():
    current = [item.text for item in words.NAVIGATION if item.is_current("/executions/0193")]
    assert current == ["Runs"]


def test_only_the_start_page_itself_is_home():
    assert [item.text for item in words.NAVIGATION if item.is_current("/")] == ["Home"]
    assert words.NAVIGATION[0].is_current("/workflows") is False


def test_rows_are_counted_as_people_count():
    assert [name for name, _ in words.named_parts(list("abcd"))] == ["First", "Second", "Third", "No. 4"]
