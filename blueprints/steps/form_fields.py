"""The form of one step: what it shows, and the step read back from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from werkzeug.datastructures import MultiDict

from blueprints.shown.steps import group_of, problems_by_place
from blueprints.steps import common_fields
from engine.domain.data.values import as_text
from engine.domain.errors import Problem
from engine.domain.steps import editing
from engine.domain.steps.checks import check_steps
from engine.domain.steps.editing import Step
from engine.steps import registry
from engine.steps._base import StepType
from engine.steps._forms import Field, fields, read, written

_SPARE_ROWS: Final = 2
_PREFIX: Final = "with."
_TEXTUAL: Final = ("text", "url", "textarea", "json", "number")


@dataclass(frozen=True)
class Control:
    """A field of the form with what stands in it. `rows` are the lines of a list or of pairs."""

    field: Field
    text: str
    rows: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        return _PREFIX + self.field.name

    @property
    def takes_values(self) -> bool:
        return self.field.control in _TEXTUAL

    @property
    def is_filled(self) -> bool:
        return bool(self.rows and self.rows[0] != ("", "")) or self.text != as_text(self.field.default)


def controls(
    kind: StepType[Any], step: Step, workflows: Sequence[tuple[str, str]] = ()
) -> list[Control]:
    """Return the fields of a kind of step; `workflows` are those to choose from, by slug and name."""
    settings = group_of(step, "with")
    return [_control(_with_choices(field, settings, workflows), settings) for field in fields(kind)]


def _with_choices(field: Field, settings: Mapping[str, Any], workflows: Sequence[tuple[str, str]]) -> Field:
    if field.control != "workflow":
        return field
    chosen = as_text(settings.get(field.name, ""))
    lost = [(chosen, chosen)] if chosen and chosen not in dict(workflows) else []
    return replace(field, control="select", choices=(("", "Choose a workflow"), *lost, *workflows))


def _control(field: Field, settings: Mapping[str, Any]) -> Control:
    value, text = settings.get(field.name, field.default), written(field, settings)
    spare = (("", ""),) * _SPARE_ROWS
    if field.control == "key_values":
        pairs = value if isinstance(value, Mapping) else {}
        return Control(field, text, (*((key, as_text(item)) for key, item in pairs.items()), *spare))
    if field.control == "list":
        items = value if isinstance(value, list) else []
        return Control(field, text, (*((as_text(item), "") for item in items), *spare))
    return Control(field, text)


def step_from(form: MultiDict[str, str], kind: StepType[Any], key: str) -> dict[str, Any]:
    """Read the step as written, finished or not."""
    posted = {name.removeprefix(_PREFIX): form.getlist(name) for name in form if name.startswith(_PREFIX)}
    step: dict[str, Any] = {"key": key, "type": kind.key}
    name = " ".join(form.get("name", "").split())
    if name and name != kind.name:
        step["name"] = name
    step["with"] = read(kind, posted)
    return step | common_fields.read(form)


def insert_value(step: dict[str, Any], field: str, reference: str) -> dict[str, Any]:
    """Append a value to what stands in a field; the way to insert one without JavaScript."""
    name = field.removeprefix(_PREFIX)
    before = as_text(step["with"].get(name, ""))
    return {**step, "with": {**step["with"], name: before + reference}}


def problems_of(steps: Sequence[Step], key: str, shown: Sequence[Control]) -> tuple[Problem, ...]:
    """Return what has to be put right in one step, each at a field the form has."""
    names = {control.name for control in shown} | {"name", *common_fields.FIELDS}
    found = problems_by_place(steps, check_steps(list(steps), registry()))
    return tuple(
        Problem(problem.message, _shown_as(problem.field or "", names), problem.code)
        for problem in found.get(editing.placed(steps, key).place, ())
    )


def _shown_as(field: str, names: set[str]) -> str | None:
    """Return the form field a problem belongs to: `with.headers.X` is told at `with.headers`."""
    while field and field not in names:
        field = field.rpartition(".")[0]
    return field or None

