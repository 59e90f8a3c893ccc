"""What is said about a value that was not there."""

import pytest

from engine.domain.data.references import resolve
from engine.domain.errors import StepFailed
from engine.domain.runs.troubles import Source, trouble

SCOPE = {"steps": {"pay": {"id": 1}, "left": None}, "inputs": {}, "run": {}}
SOURCES = {"pay": Source("Pay"), "left": Source("Get it", "Ann skipped “Get it”, so it gave nothing")}


def _explained(reference):
    with pytest.raises(StepFailed) as failed:
        resolve(reference, SCOPE)
    return trouble(failed.value.error_code, failed.value.message, "Tell", None, SOURCES)


@pytest.mark.parametrize(("reference", "said"), [
    ("{{ steps.pay.status }}", "“status” of “Pay” was empty in Tell"),
    ("{{ steps.left.status }}", "“status” of “Get it” was empty in Tell"),
    ("{{ steps.gone }}", "What “gone” gives was empty in Tell"),
    ("{{ inputs.region }}", "“region” of the data it starts with was empty in Tell"),
    ("{{ run.colour }}", "{{ run.colour }} was empty in Tell"),
])
def test_the_value_that_was_missing_is_named(reference, said):
    assert _explained(reference).title == said


def test_the_sentence_calls_the_step_as_the_page_does():
    assert _explained("{{ steps.left.status }}").message.startswith("Step “Get it” has given nothing")
    assert "was empty in step “Pay”" in _explained("{{ steps.pay.status }}").message


def test_what_somebody_left_out_is_not_looked_for_elsewhere():
    said = _explained("{{ steps.left.status }}").what_to_do
    assert said.startswith("Ann skipped “Get it”, so it gave nothing.")
    assert _explained("{{ steps.pay.status }}").what_to_do.startswith("Perhaps the other system renamed")


@pytest.mark.parametrize("message", [
    "The run took longer than its time limit of 1 minute, so it was stopped.",
    "The step took longer than its time limit of 1 minute and did not stop.",
    "This step took longer than 1 minute, so we stopped it.",
])
def test_the_limit_that_was_too_short_is_named_and_not_a_longer_one_of_the_step(message):
    assert trouble("limit.time", message, "Tell", {"timeout_seconds": 300}).title == (
        "Took longer than 1 minute, so we stopped it")
