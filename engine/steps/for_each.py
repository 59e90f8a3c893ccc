"""Do some steps for each item of a list."""

from collections.abc import Mapping
from typing import Any, Final, Literal

from engine.domain.data.expressions import OPENING
from engine.domain.data.sizes import size_words
from engine.domain.data.stand_ins import StandIn
from engine.domain.data.values import as_text, mismatch
from engine.domain.errors import StepFailed
from engine.domain.runs import payloads
from engine.steps._base import Each, Outcome, StepContext, StepSettings, StepType, setting

MOST_ITEMS: Final = 10_000


class ForEachSettings(StepSettings):
    items: Any = setting(label="List", alias="list", control="text",
                         help="The list of an earlier step, like its rows, or values separated by commas")
    at_once: int = setting(1, label="At once", ge=1, le=20,
                           help="1: one after the other, in the order of the list")
    max_items: int = setting(1_000, label="At most", advanced=True, ge=1, le=MOST_ITEMS,
                             help="A longer list fails before anything is done")
    on_item_failure: Literal["stop", "continue"] = setting(
        "stop", label="If one item fails", advanced=True,
        choices={"stop": "Stop at the first failure", "continue": "Go on with the other items"},
    )


class ForEach(StepType[ForEachSettings]):
    key = "for_each"
    name = "For each item"
    summary = "Do some steps for each item of a list"
    group = "Decide and wait"
    icon = "repeat"
    outputs = {"count": "Number of items", "failed": "Number of items that failed",
               "results": "What each item gave"}
    blocks = {"steps": "For each item"}
    Settings = ForEachSettings

    def unpack(self, written: Mapping[str, Any]) -> Mapping[str, Any]:
        """Values typed with commas between them are a list; what a reference gives has to be one."""
        typed = written.get("list")
        if not isinstance(typed, str) or OPENING in typed:
            return written
        return {**written, "list": [part.strip() for part in typed.split(",") if part.strip()]}

    def shown(self, settings: ForEachSettings) -> dict[str, Any]:
        """A list is kept with its items, so only its length is shown."""
        if not isinstance(settings.items, list):
            return super().shown(settings)
        rest = settings.model_dump(by_alias=True, mode="json", exclude={"items"})
        return {**rest, "list": f"{len(settings.items)} items"}

    def run(self, context: StepContext, settings: ForEachSettings) -> Outcome:
        items = _listed(settings)
        if payloads.size_of(items) > context.max_payload:
            sentence = f"The list is larger than {size_words(context.max_payload)}."
            raise _too_much(sentence, context.max_payload)
        return Each(items, settings.at_once, settings.on_item_failure == "continue")

    def preview(self, context: StepContext, settings: ForEachSettings) -> Any:
        return {"items": len(_listed(settings)), "at_once": settings.at_once}

    def in_doubt(self, filled: Mapping[str, Any]) -> tuple[Outcome, str] | None:
        items = filled.get("list")
        if not isinstance(items, StandIn):
            return None
        sentence = f"The list is a stand-in ({items}), so the dry run does one item"
        return Each([items.inside("first")]), sentence

    def describe(self, written: Mapping[str, Any]) -> str:
        at_once = written.get("at_once", 1)
        together = "" if at_once in (1, "1") else f", {at_once} at once"
        return f"For each item of {as_text(written.get('list')) or '…'}{together}"


def _listed(settings: ForEachSettings) -> list[Any]:
    if not isinstance(settings.items, list):
        raise mismatch(settings.items, "a list")
    if len(settings.items) > settings.max_items:
        raise _too_much(
            f"The list has {len(settings.items):,} items, and {settings.max_items:,} is the most this step "
            "takes. Filter the list before, or raise the number.", settings.max_items,
        )
    return settings.items


def _too_much(sentence: str, limit: int) -> StepFailed:
    return StepFailed(sentence, error_class="data", code="limit.size", detail={"limit": limit})
