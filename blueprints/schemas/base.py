"""What all bodies and answers share, and the kinds of value that appear in many of them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from engine.domain.data import plain
from engine.domain.data.validation import problems_of
from engine.domain.errors import Invalid

MOST_ROWS: Final = 200
Answer = Any
"""What a view gives to `bp.output`, which makes the response of it; Flask's types know no models."""
_YEARS: Final = range(1970, 2200)
_MOMENT: Final = "Write a moment with its zone, like 2026-12-24T18:00:00Z."


class Body(BaseModel):
    """Base of what is sent: nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, alias_generator=to_camel)

    @classmethod
    def model_validate(cls, obj: Any, *args: Any, **options: Any) -> Self:
        """Say in sentences what pydantic found; `bp.input` reads every body through here."""
        if not isinstance(obj, Mapping):
            raise Invalid("Send a JSON object: names with values in { }.")
        try:
            return super().model_validate(obj, *args, **options)
        except ValidationError as error:
            raise Invalid(problems=problems_of(error, obj, cls)) from error


class Query(Body):
    """Base of what stands behind the question mark, where numbers come as text."""

    model_config = ConfigDict(strict=False)


class Shape(BaseModel):
    """Base of what is answered; made from database rows by the names of their columns."""

    model_config = ConfigDict(
        alias_generator=to_camel, from_attributes=True, validate_by_name=True, validate_by_alias=False,
    )


def _moment(value: Any) -> datetime:
    try:
        found = datetime.fromisoformat(value if isinstance(value, str) else "")
        moment = found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        raise ValueError(_MOMENT)
    if moment.year not in _YEARS:
        raise ValueError(f"Choose a moment between {_YEARS[0]} and {_YEARS[-1]}.")
    return moment


Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,36}$")]
Text = Annotated[str, Field(max_length=2000), AfterValidator(plain.storable)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
JsonObject = Annotated[dict[str, Any], AfterValidator(plain.storable)]
Rows = Annotated[int, Field(ge=1, le=MOST_ROWS)]
