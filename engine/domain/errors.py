"""The few errors the rest raises. A class docstring is its default sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar


@dataclass(frozen=True)
class Problem:
    """One thing to put right: `field` names the form field (None: the whole)."""

    message: str
    field: str | None = None
    code: str = "invalid"


class DomainError(Exception):
    """Something went wrong."""

    code: ClassVar[str] = "error"

    def __init__(
        self, message: str | None = None, *, field: str | None = None, code: str | None = None
    ) -> None:
        self.message = message or (type(self).__doc__ or "").strip().splitlines()[0]
        self.field = field
        self.error_code = code or type(self).code
        super().__init__(self.message)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Every problem found; more than one only for `Invalid`."""
        return (Problem(self.message, self.field, self.error_code),)


class Invalid(DomainError):
    """What was entered can't be used as it is."""

    code = "invalid"

    def __init__(self, message: str | None = None, *, field: str | None = None,
                 code: str | None = None, problems: Sequence[Problem] = ()) -> None:
        if problems:
            first = problems[0]
            message, field, code = first.message, first.field, first.code
        super().__init__(message, field=field, code=code)
        self._problems = tuple(problems) or super().problems

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self._problems


class NotFound(DomainError):
    """There is nothing here under that name."""

    code = "not_found"


class Conflict(DomainError):
    """The thing is not in a state that allows this."""

    code = "conflict"


class Forbidden(DomainError):
    """You may not do this."""

    code = "forbidden"


class LeaseLost(DomainError):
    """Another worker has taken this run over; this one walks away."""

    code = "lease_lost"


class StepFailed(DomainError):
    """The step could not do its work.

    `error_class` is one of `states.ERROR_CLASSES` and decides whether a retry can help;
    `code` is the catalogue entry shown to people (ux.md §4.7), such as `net.timeout`. `step_key` is the
    step it happened in, once that is known.
    """

    code = "app.bug"

    def __init__(self, message: str | None = None, *, error_class: str, code: str,
                 retry_after: timedelta | None = None, detail: Any = None) -> None:
        super().__init__(message, code=code)
        self.error_class = error_class
        self.retry_after = retry_after
        self.detail = detail
        self.step_key: str | None = None

    @property
    def facts(self) -> Mapping[str, Any]:
        """What `detail` says by name; it may be anything, such as one sentence."""
        return self.detail if isinstance(self.detail, dict) else {}

    @property
    def is_answered(self) -> bool:
        """Whether the other side has answered, so that the call has surely arrived."""
        return "status" in self.facts
