"""What starts a workflow, as its document says it: schedules, a person, another program."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, ValidationError

from engine.domain.data import plain
from engine.domain.data.validation import problems_of
from engine.domain.errors import Invalid, Problem
from engine.domain.schedules.schedules import Schedule, parse_schedule, to_document
from engine.domain.steps.documents import Name, Part
from engine.domain.time.durations import in_words, parse_duration

KINDS: Final = ("schedule", "manual", "api", "webhook")
MAX_STARTS: Final = 100
_RULES: Final = ("interval", "cron", "daily", "weekly", "monthly", "once", "say")


@dataclass(frozen=True)
class StartDefinition:
    """One start. Only kind `schedule` has a schedule, and only calls to a `webhook` can be `signed`."""

    name: str
    kind: str
    schedule: Schedule | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)
    enabled: bool = True
    signed: bool = False

    def to_mapping(self) -> dict[str, Any]:
        written: dict[str, Any] = {"name": self.name, "kind": self.kind}
        if self.schedule is not None:
            written["schedule"] = to_document(self.schedule)
        if self.inputs:
            written["inputs"] = dict(self.inputs)
        if self.signed:
            written["signed"] = True
        return written if self.enabled else written | {"enabled": False}


def _existing(kind: str) -> str:
    if kind not in KINDS:
        raise ValueError(f"There is no start of kind “{kind}”. There are: {', '.join(KINDS)}.")
    return kind


class _Written(Part):
    name: Name = Field(min_length=1, max_length=100)
    kind: Annotated[str, AfterValidator(_existing)]
    schedule: dict[str, Any] | None = None
    inputs: Annotated[dict[str, Any], AfterValidator(plain.storable)] = {}
    enabled: bool = True
    signed: bool = False


def parse_starts(
    written: Any, *, at: datetime, timezone: str | None = None
) -> tuple[StartDefinition, ...]:
    """Read all starts; `Invalid` with everything that has to be put right."""
    if not isinstance(written, list):
        raise Invalid("Write the starts as a list.", field="starts")
    if len(written) > MAX_STARTS:
        raise Invalid(f"A workflow can have {MAX_STARTS} starts.", field="starts")
    if sentence := plain.objection(written):
        raise Invalid(sentence, field="starts")
    starts, problems = [], _doubled_names(written)
    for index, start in enumerate(written):
        try:
            starts.append(parse_start(start, f"starts.{index}", at=at, timezone=timezone))
        except Invalid as error:
            problems += error.problems
    if problems:
        raise Invalid(problems=problems)
    return tuple(starts)


def parse_start(
    written: Any, place: str = "", *, at: datetime, timezone: str | None = None
) -> StartDefinition:
    """Read one start; fields of problems begin with `place`."""
    if not isinstance(written, Mapping):
        raise Invalid("Write a start as names with values, beginning with “name”.",
                      field=place or None)
    try:
        start = _Written.model_validate(written)
    except ValidationError as error:
        problems = problems_of(error, written, _Written, prefix=place)
        raise Invalid(problems=problems) from error
    schedule = _schedule_of(start, _dotted(place, "schedule"), at, timezone)
    if start.signed and start.kind != "webhook":
        raise Invalid(f"“{start.name}” is of kind {start.kind}: only calls to a webhook are signed.",
                      field=_dotted(place, "signed"))
    return StartDefinition(start.name, start.kind, schedule, start.inputs, start.enabled, start.signed)


def _schedule_of(
    start: _Written, place: str, at: datetime, timezone: str | None
) -> Schedule | None:
    if start.kind != "schedule":
        if start.schedule is not None:
            raise Invalid(f"“{start.name}” is of kind {start.kind}, so it can't have a schedule. "
                          "Remove it, or make the kind schedule.", field=place)
        return None
    if not start.schedule:
        raise Invalid(f"“{start.name}” has no schedule, so it would never start. "
                      'Add one, like interval: "5m".', field=place, code="missing")
    rules = [rule for rule in _RULES if start.schedule.get(rule) is not None]
    if len(rules) > 1:
        said = " and ".join(", ".join(_rule_in_words(rule, start.schedule[rule])
                                      for rule in rules).rsplit(", ", 1))
        raise Invalid(f"This sets {_COUNTS.get(len(rules), 'several')} schedules for "
                      f"“{start.name}”: {said}. Choose one.", field=place, code="ambiguous")
    try:
        return parse_schedule(start.schedule, at=at, timezone=timezone)
    except Invalid as error:
        raise Invalid(problems=[
            Problem(problem.message, _dotted(place, problem.field), problem.code)
            for problem in error.problems
        ]) from error


_COUNTS: Final = {2: "two", 3: "three"}


def _rule_in_words(rule: str, value: Any) -> str:
    if rule == "interval" and isinstance(value, str):
        try:
            return f"every {in_words(parse_duration(value))}"
        except Invalid:
            return f"every {value}"
    return str(value) if rule in ("cron", "say", "once") else f"a {rule} rule"


def _doubled_names(written: Sequence[Any]) -> list[Problem]:
    seen: set[str] = set()
    problems = []
    for index, start in enumerate(written):
        name = start.get("name") if isinstance(start, Mapping) else None
        if isinstance(name, str) and name.strip().casefold() in seen:
            problems.append(Problem(
                f"There are two starts named “{name}”. Give each its own name.",
                f"starts.{index}.name", "duplicate",
            ))
        elif isinstance(name, str):
            seen.add(name.strip().casefold())
    return problems


def _dotted(place: str, name: str | None) -> str:
    return ".".join(filter(None, [place, name]))
