"""Keep only some fields of a list or of one thing, under names of your own."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from engine.domain.data.lookups import NOTHING, along
from engine.domain.data.references import did_you_mean
from engine.domain.data.values import mismatch
from engine.domain.errors import StepFailed
from engine.steps._base import Finished, Outcome, StepContext, StepSettings, StepType, setting


def _named(fields: Any) -> Any:
    """A plain list of names keeps them as they are."""
    return {name: name for name in fields} if isinstance(fields, list) else fields


class PickFieldsSettings(StepSettings):
    source: Any = setting(label="From", alias="from", help="A list, or one thing with fields")
    fields: Annotated[dict[str, str], BeforeValidator(_named)] = setting(
        label="Fields", control="key_values", min_length=1, max_length=200,
        help="The name you want, and the field it comes from, like order.total",
    )
    if_missing: Literal["fail", "empty"] = setting(
        "fail", label="If a field is missing", advanced=True,
        choices={"fail": "Stop with an error", "empty": "Leave it empty"},
    )


class PickFields(StepType[PickFieldsSettings]):
    key = "pick_fields"
    name = "Pick and rename fields"
    summary = "Keep only the fields you need, under your own names"
    group = "Change data"
    icon = "list-filter"
    Settings = PickFieldsSettings

    def run(self, context: StepContext, settings: PickFieldsSettings) -> Outcome:
        return Finished(_picked(settings))

    def preview(self, context: StepContext, settings: PickFieldsSettings) -> Any:
        return _picked(settings)

    def describe(self, written: Mapping[str, Any]) -> str:
        fields = written.get("fields")
        return f"Keep {', '.join(map(str, fields))}" if fields else self.summary


def _picked(settings: PickFieldsSettings) -> dict[str, Any]:
    """A list gives `rows`; one thing gives its fields."""
    if isinstance(settings.source, list):
        return {"rows": [_pick(item, settings) for item in settings.source]}
    return _pick(settings.source, settings)


def _pick(item: Any, settings: PickFieldsSettings) -> dict[str, Any]:
    if not isinstance(item, Mapping):
        raise mismatch(item, "a thing with fields")
    return {name: _value(item, path, settings) for name, path in settings.fields.items()}


def _value(item: Mapping[str, Any], path: str, settings: PickFieldsSettings) -> Any:
    value = along(item, path)
    if value is not NOTHING:
        return value
    if settings.if_missing == "empty":
        return None
    raise StepFailed(
        f"There is no field “{path}”.{did_you_mean(path, [str(name) for name in item])}",
        error_class="data", code="data.missing", detail={"field": path},
    )
