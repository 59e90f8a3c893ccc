"""What a run or a step rests for, in words."""

from datetime import datetime
from typing import Any, Final

from engine.domain.runs.states import PENDING, WAITING

_WORDS: Final = {
    (WAITING, "timer"): "It waits on purpose",
    (WAITING, "retry"): "{step} did not work, so it is tried again",
    (WAITING, "workflow"): "It waits for another run to end",
    (WAITING, "approval"): "It waits for an answer to its question",
    (WAITING, "unknown_outcome"): "Nobody can tell whether {step} happened; somebody has to look and say so",
    (PENDING, "overlap"): "The previous run of this start is still going; it starts when that one has ended",
}


def waiting_words(rests: Any, step: str = "a step") -> str | None:
    """Return why a run or a step rests, without a full stop; None when it does not, or nothing is to be said.

    `step` is what to call the step it rests in.
    """
    sentence = _WORDS.get((rests.status, rests.reason or ""))
    if sentence is None:
        return None
    said = sentence.replace("{step}", step)
    return said[0].upper() + said[1:]


def wakes_at(rests: Any) -> datetime | None:
    """Return when it goes on by itself; of what does not rest the moment is history."""
    return rests.wake_at if rests.status == WAITING else None
