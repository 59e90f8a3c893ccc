"""Filling `{{ steps.sales.rows.count }}` in settings, and checking that it can be filled."""

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final

from engine.domain.data import filters
from engine.domain.data.expressions import OPENING, Expression, parse
from engine.domain.data.filters import Missing
from engine.domain.data.lookups import NOTHING, inside
from engine.domain.data.values import as_text
from engine.domain.errors import Invalid, Problem, StepFailed

ROOTS: Final = ("steps", "inputs", "run")
LOOP_ROOTS: Final = ("item", "loop")
"""What the steps inside a “for each” may look into besides; `item` may stand alone."""
MAX_RESULT: Final = 1_000_000


def resolve(value: Any, scope: Mapping[str, Any]) -> Any:
    """Fill every reference in `value`; a text that is one reference keeps the kind of its value."""
    if isinstance(value, str):
        return _resolve_text(value, scope) if OPENING in value else value
    if isinstance(value, Mapping):
        return {key: resolve(item, scope) for key, item in value.items()}
    if isinstance(value, list):
        return [resolve(item, scope) for item in value]
    return value


def fillable(settings: Mapping[str, Any], verbatim: Collection[str]) -> dict[str, Any]:
    """Leave out the settings in which {{ stands for itself."""
    return {name: value for name, value in settings.items() if name not in verbatim}


def references(value: Any) -> list[Expression]:
    """List every reference in `value`; `Invalid` when one can't be read."""
    return [
        part
        for _, text in texts(value)
        for part in parse(text)
        if isinstance(part, Expression)
    ]


def is_reference(value: Any) -> bool:
    """True for a text that is exactly one `{{ … }}`, closed and readable."""
    if not isinstance(value, str) or not value.startswith(OPENING):
        return False
    try:
        return len(parse(value)) == 1
    except Invalid:
        return False


def check(
    value: Any,
    known_steps: Collection[str],
    known_inputs: Collection[str] | None = None,
    later_steps: Collection[str] = (),
    roots: Collection[str] = (),
) -> list[Problem]:
    """Say what can't be filled. Inputs are not checked when `known_inputs` is None; `roots` come on top."""
    problems = []
    for field, text in texts(value):
        try:
            found = [part for part in parse(text) if isinstance(part, Expression)]
        except Invalid as error:
            problems.append(Problem(error.message, field, "reference"))
            continue
        for expression in found:
            sentence = _objection(expression, known_steps, known_inputs, later_steps, roots)
            if sentence:
                problems.append(Problem(sentence, field, "reference"))
    return problems


def texts(value: Any, field: str = "") -> Iterator[tuple[str, str]]:
    """Walk to every text that holds a reference, with its dotted place."""
    if isinstance(value, str):
        if OPENING in value:
            yield field, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from texts(item, f"{field}.{key}" if field else str(key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from texts(item, f"{field}.{index}" if field else str(index))


def did_you_mean(word: str, known: Collection[str]) -> str:
    """End a sentence with the nearest known name, or with nothing."""
    lowered = {name.lower(): name for name in known}
    near = get_close_matches(word.lower()[:100], lowered, n=1)
    return f" Did you mean “{lowered[near[0]]}”?" if near else ""


def _resolve_text(text: str, scope: Mapping[str, Any]) -> Any:
    parts = parse(text)
    if len(parts) == 1 and isinstance(parts[0], Expression):
        return _value(parts[0], scope)
    pieces: list[str] = []
    room = MAX_RESULT
    for part in parts:
        piece = as_text(_value(part, scope)) if isinstance(part, Expression) else part
        room -= len(piece)
        if room < 0:
            raise StepFailed(
                f"The text with its values is longer than {MAX_RESULT:,} characters.",
                error_class="data", code="limit.size", detail={"limit": MAX_RESULT},
            )
        pieces.append(piece)
    return "".join(pieces)


def _value(expression: Expression, scope: Mapping[str, Any]) -> Any:
    run = scope.get("run")
    timezone = run.get("timezone", "UTC") if isinstance(run, Mapping) else "UTC"
    value = _look_up(expression, scope)
    for filter_ in expression.filters:
        if sentence := filters.problem(filter_):
            raise StepFailed(sentence, error_class="logic", code="data.type")
        value = filters.apply(value, filter_, timezone)
    if isinstance(value, Missing):
        raise value.failure
    return value


def _look_up(expression: Expression, scope: Mapping[str, Any]) -> Any:
    value: Any = scope
    for depth, segment in enumerate(expression.path):
        inner = inside(value, segment)
        if inner is NOTHING:
            return Missing(_missing(expression, depth, value))
        value = inner
    return value


def _missing(expression: Expression, depth: int, value: Any) -> StepFailed:
    segment = expression.path[depth]
    known = [str(key) for key in value] if isinstance(value, Mapping) else []
    hint = did_you_mean(str(segment), known)
    if expression.path[0] == "inputs":
        sentence = f"This run was started without “{segment}”."
    elif expression.step and depth == 1:
        sentence = f"Step “{segment}” has given nothing to use."
    elif expression.step and depth == 2 and value is None:
        sentence = f"Step “{expression.step}” has given nothing, so there is no “{segment}” of it."
    elif expression.step:
        sentence = f"“{segment}” was empty in step “{expression.step}”."
    else:
        sentence = f"There is no value {expression.text}."
    return StepFailed(
        sentence + hint, error_class="data", code="data.missing",
        detail={"field": str(segment), "step": expression.step, "reference": expression.text},
    )


def _unknown_root(expression: Expression) -> str:
    if expression.path[0] in LOOP_ROOTS:
        return f"{expression.text} is only there inside “For each item”."
    return (
        f"{expression.text} must begin with {', '.join(ROOTS[:-1])} or {ROOTS[-1]}."
        + did_you_mean(str(expression.path[0]), ROOTS)
    )


def _objection(
    expression: Expression,
    known_steps: Collection[str],
    known_inputs: Collection[str] | None,
    later_steps: Collection[str],
    roots: Collection[str],
) -> str | None:
    root, step = expression.path[0], expression.step
    if root not in (*ROOTS, *roots):
        return _unknown_root(expression)
    if len(expression.path) == 1 and root not in roots:
        return f"{expression.text} needs a name after “{root}”, like {root}.name."
    if step is not None and step in later_steps:
        return f"Step “{step}” has not run yet at this point. Use a value of an earlier step."
    if step is not None and step not in known_steps:
        return f"There is no step “{step}” before this one." + did_you_mean(step, known_steps)
    name = str(expression.path[min(1, len(expression.path) - 1)])
    if root == "inputs" and known_inputs is not None and name not in known_inputs:
        return f"There is no starting value “{name}”." + did_you_mean(name, known_inputs)
    return next(filter(None, map(filters.problem, expression.filters)), None)
