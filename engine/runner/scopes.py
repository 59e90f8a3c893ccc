"""What a step can look into where it stands, and what a block of steps came to."""

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from engine.domain.errors import StepFailed

HAND_BACK: Final = "hand_back"
# What a person has to do comes first; then what wakes by itself.
_RANKS: Final = ("unknown_outcome", "approval", "workflow", "retry", "timer")


@dataclass(frozen=True)
class Scope:
    """The outputs of the steps before, by key; inside a loop also the item at hand.

    `position` is the loop path: "" outside, "3" in the fourth item, "3.0" in the first item of an inner loop.
    """

    outputs: ChainMap[str, Any] = field(default_factory=ChainMap)
    position: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    def of_item(self, loop_key: str, item: Any, index: int, count: int) -> "Scope":
        """What the steps inside a loop see; their outputs are of this item only."""
        loop = {"index": index, "number": index + 1, "count": count}
        return Scope(
            self.outputs.new_child({loop_key: {"item": item, **loop}}),
            f"{self.position}.{index}" if self.position else str(index),
            {"item": item, "loop": loop},
        )


@dataclass(frozen=True, slots=True)
class Rest:
    """The run lies down: until `wake_at`, or until somebody wakes it."""

    reason: str
    wake_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class End:
    """The run ends here: on purpose (`failure` None) or failed. `of_item`: only the item at hand
    does, or what is done about a failure; outside of both it is the run."""

    failure: StepFailed | None = None
    of_item: bool = False


Flow = Rest | End | None
"""What became of a block of steps; None: it is done, the next step follows."""


def together(rests: list[Rest]) -> Rest:
    """What the run as a whole waits for when several of its branches rest."""
    first = min(rests, key=lambda rest: _RANKS.index(rest.reason) if rest.reason in _RANKS else -1)
    moments = [rest.wake_at for rest in rests if rest.wake_at is not None]
    return Rest(first.reason, min(moments, default=None))
