"""What a run or a step rests for, in words."""

from types import SimpleNamespace

import pytest

from engine.domain.runs.states import WAITING, WAITING_REASONS
from engine.domain.runs.waiting import waiting_words


def resting(reason, status=WAITING):
    return SimpleNamespace(status=status, reason=reason)


@pytest.mark.parametrize("reason", sorted({*WAITING_REASONS} - {"limit"}))
def test_every_rest_has_a_sentence_but_the_one_for_a_place_which_has_its_own(reason):
    assert waiting_words(resting(reason))


def test_the_step_is_called_by_what_is_known_of_it():
    assert waiting_words(resting("retry"), "Get sales") == "Get sales did not work, so it is tried again"
    assert waiting_words(resting("retry"), "it") == "It did not work, so it is tried again"


@pytest.mark.parametrize("ended", [resting("stopped_by:Ann", "cancelled"), resting(None, "completed")])
def test_what_does_not_rest_has_none(ended):
    assert waiting_words(ended) is None
