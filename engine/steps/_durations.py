"""A length of time in the settings of a step."""

from datetime import timedelta
from typing import Annotated, Final

from pydantic import AfterValidator

from engine.domain.errors import Invalid
from engine.domain.time.durations import parse_duration

LONGEST: Final = timedelta(days=366)


def _usable(text: str) -> str:
    try:
        length = parse_duration(text)
    except Invalid as error:
        raise ValueError(error.message) from error
    if length > LONGEST:
        raise ValueError(f"This can take {LONGEST.days} days at most.")
    return text


Duration = Annotated[str, AfterValidator(_usable)]
"""Like 30s, 5m, 2h or 1d."""
