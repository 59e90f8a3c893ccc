"""What becomes of a question nobody answers."""

from collections.abc import Mapping
from typing import Any


def when_unanswered(asked: Any) -> str:
    """Say what happens when time is up; `asked` is what went into the step that asks.

    The same rules as in `engine.steps.approve`, in words: "“Reject” counts as the answer, and the run ends".
    """
    if not isinstance(asked, Mapping):
        return "the run goes on as its step says"
    word, choices = asked.get("when_expired"), asked.get("choices") or ()
    if word not in choices:
        return "this step fails"
    follows = "the run ends" if word in (asked.get("stop_on") or ()) else "the run goes on"
    return f"“{word}” counts as the answer, and {follows}"
