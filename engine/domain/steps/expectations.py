"""What a step is expected to give: when it gives something else, the run succeeds and looks unusual."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from engine.domain.data import conditions, lookups
from engine.domain.data.values import as_text, number_or_none, shown
from engine.domain.errors import StepFailed

ODD: Final = "This looks unusual:"


def unmet(
    step: Mapping[str, Any], name: str, output: Any, took_ms: int | None, timezone: str
) -> list[str]:
    """Say in sentences what about this output people wanted to be warned of; `name` is what they call the
    step."""
    return [*_odd_values(step, name, output, timezone), *_too_slow(step, name, took_ms)]


def _odd_values(step: Mapping[str, Any], name: str, output: Any, timezone: str) -> Iterator[str]:
    for expectation in step.get("warn_if") or ():
        path, word, right = expectation.get("value", ""), expectation["is"], expectation.get("right")
        value = lookups.along(output, path) if path else output
        value = None if value is lookups.NOTHING else value
        try:
            if conditions.holds(value, word, right, timezone=timezone):
                yield f"{ODD} “{name}” gave {_given(path.removeprefix('data.'), value, word, right)}."
        except StepFailed as error:
            yield f"{ODD} {path or 'what came back'} of “{name}” – {error.message}"


def _given(called: str, value: Any, word: str, right: Any) -> str:
    """Say what came back, and what is odd about it unless that is plain to see: "total = 3, which is …"."""
    if word == "is_empty":
        return f"nothing for {called}" if called else "nothing"
    given = f"{called} = {_plain(value)}" if called else _plain(value)
    if word in ("is", "is_not_empty"):
        return given
    wanted = " and ".join(map(_plain, right)) if isinstance(right, list) else _plain(right)
    return f"{given}, which {conditions.COMPARISONS[word].label} {wanted}"


def _plain(value: Any) -> str:
    """Texts stand in quotes; numbers, yes and no do not."""
    if isinstance(value, bool) or number_or_none(value) is not None:
        return as_text(value)
    said = shown(value)
    return said[0].lower() + said[1:]


def _too_slow(step: Mapping[str, Any], name: str, took_ms: int | None) -> Iterator[str]:
    most = step.get("warn_after_seconds")
    if most is not None and took_ms is not None and took_ms > most * 1000:
        yield f"{ODD} “{name}” took {took_ms / 1000:.0f} seconds, more than {most}."
