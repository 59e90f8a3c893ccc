"""What a step is expected to give: when it gives something else, the run succeeds and looks unusual."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from engine.domain.data import conditions, lookups
from engine.domain.errors import StepFailed

ODD: Final = "This looks unusual:"


def unmet(step: Mapping[str, Any], output: Any, took_ms: int | None, timezone: str) -> list[str]:
    """Say in sentences what about this output people wanted to be warned of."""
    return [*_odd_values(step, output, timezone), *_too_slow(step, took_ms)]


def _odd_values(step: Mapping[str, Any], output: Any, timezone: str) -> Iterator[str]:
    for expectation in step.get("warn_if") or ():
        path, word, right = expectation.get("value", ""), expectation["is"], expectation.get("right")
        value = lookups.along(output, path) if path else output
        value = None if value is lookups.NOTHING else value
        try:
            if conditions.holds(value, word, right, timezone=timezone):
                yield f"{ODD} {path or 'what came back'} – {conditions.in_words(value, word, right)}."
        except StepFailed as error:
            yield f"{ODD} {path or 'what came back'} – {error.message}"


def _too_slow(step: Mapping[str, Any], took_ms: int | None) -> Iterator[str]:
    most = step.get("warn_after_seconds")
    if most is not None and took_ms is not None and took_ms > most * 1000:
        yield f"{ODD} it took {took_ms / 1000:.0f} seconds, more than {most}."
