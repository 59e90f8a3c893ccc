"""The closed list of filters a `{{ value | filter }}` may use."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final
from urllib.parse import quote

from engine.domain.data.expressions import Filter
from engine.domain.data.stand_ins import StandIn
from engine.domain.data.values import as_moment, as_number, as_text, mismatch
from engine.domain.errors import StepFailed

_DATE_STYLES: Final = {
    "short": "%-d %b %Y",
    "long": "%-d %B %Y",
    "date": "%Y-%m-%d",
    "time": "%H:%M",
    "full": "%-d %b %Y, %H:%M",
}


_OF_A_LIST: Final = ("count", "first", "last", "sum")


@dataclass(frozen=True, slots=True)
class Missing:
    """Stands for a value that was not there, until `default` or a failure takes its place."""

    failure: StepFailed


def apply(value: Any, filter_: Filter, timezone: str) -> Any:
    if filter_.name == "default":
        return _default(value, *filter_.arguments)
    if isinstance(value, Missing):
        raise value.failure
    if isinstance(value, StandIn):
        return value.inside(filter_.name) if filter_.name in _OF_A_LIST else value
    if filter_.name == "date":
        return _date(value, *map(str, filter_.arguments), timezone=timezone)
    return _FILTERS[filter_.name].function(value, *filter_.arguments)


def problem(filter_: Filter) -> str | None:
    """Say what is wrong with a filter as written; None when it can be used."""
    spec = _FILTERS.get(filter_.name)
    if spec is None:
        return f"There is no filter “{filter_.name}”. There are: {', '.join(sorted(_FILTERS))}."
    if not spec.least <= len(filter_.arguments) <= spec.most:
        return f"The filter “{filter_.name}” is written like {spec.example}."
    if filter_.name == "date" and filter_.arguments and filter_.arguments[0] not in _DATE_STYLES:
        return f"A date can be shown as: {', '.join(_DATE_STYLES)}."
    if filter_.name == "round" and filter_.arguments and filter_.arguments[0] not in range(11):
        return "Round to 0 to 10 places, like | round(2)."
    return None


def _default(value: Any, fallback: Any) -> Any:
    return fallback if isinstance(value, Missing) or value in (None, "") else value


def _date(value: Any, style: str = "short", *, timezone: str) -> str:
    return as_moment(value, timezone).strftime(_DATE_STYLES[style])


def _round(value: Any, places: int = 0) -> int | float:
    try:
        rounded = as_number(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    except InvalidOperation:
        raise mismatch(value, "a number that can be rounded") from None
    return float(rounded) if places else int(rounded)


def _number(value: Any) -> int | float:
    number = as_number(value)
    return int(number) if number == number.to_integral_value() else float(number)


def _items(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise mismatch(value, "a list")
    return value


def _join(value: Any, between: Any = ", ") -> str:
    return as_text(between).join(as_text(item) for item in _items(value))


def _count(value: Any) -> int:
    return len(value) if isinstance(value, (str, Mapping)) else len(_items(value))


def _first(value: Any) -> Any:
    return next(iter(_items(value)), None)


def _last(value: Any) -> Any:
    return next(reversed(_items(value)), None)


def _pluck(value: Any, name: Any) -> list[Any]:
    return [item.get(name) if isinstance(item, Mapping) else None for item in _items(value)]


def _sum(value: Any) -> int | float:
    return _number(sum((as_number(item) for item in _items(value)), Decimal(0)))


@dataclass(frozen=True, slots=True)
class _Spec:
    function: Callable[..., Any]
    example: str
    least: int = 0
    most: int = 0


_FILTERS: Final[dict[str, _Spec]] = {
    "upper": _Spec(lambda value: as_text(value).upper(), "| upper"),
    "lower": _Spec(lambda value: as_text(value).lower(), "| lower"),
    "trim": _Spec(lambda value: as_text(value).strip(), "| trim"),
    "text": _Spec(as_text, "| text"),
    "json": _Spec(lambda value: json.dumps(value, ensure_ascii=False), "| json"),
    "url": _Spec(lambda value: quote(as_text(value), safe=""), "| url"),
    "number": _Spec(_number, "| number"),
    "round": _Spec(_round, "| round or | round(2)", most=1),
    "join": _Spec(_join, '| join or | join("; ")', most=1),
    "count": _Spec(_count, "| count"),
    "first": _Spec(_first, "| first"),
    "last": _Spec(_last, "| last"),
    "pluck": _Spec(_pluck, '| pluck("total")', least=1, most=1),
    "sum": _Spec(_sum, "| sum"),
    "default": _Spec(_default, '| default("none")', least=1, most=1),
    "date": _Spec(_date, '| date or | date("long")', most=1),
}
