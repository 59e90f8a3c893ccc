"""Many runs at once as JSON."""

from collections.abc import Sequence
from typing import Final, Self

from pydantic import Field

from blueprints.schemas.base import Body, Id, Shape
from blueprints.schemas.executions import Status
from engine.domain.errors import Invalid
from engine.queries.runs.executions import Filter
from engine.services.runs.bulk import Answer

_ONE_OF: Final = "Send either “ids” or “filter”."


class Matching(Body):
    """Runs of one workflow, of one status if it is named."""

    workflow_id: Id
    status: Status | None = None


class Chosen(Body):
    """Either `ids` or `filter`."""

    ids: list[Id] | None = Field(default=None, min_length=1, max_length=1_000)
    filter: Matching | None = None

    def which(self) -> Sequence[str] | Filter:
        if self.ids is not None and self.filter is None:
            return self.ids
        if self.filter is not None and self.ids is None:
            return Filter(self.filter.workflow_id, self.filter.status)
        raise Invalid(_ONE_OF, field="ids")


class Refusal(Shape):
    code: str
    message: str


class RunAnswer(Shape):
    """What became of one run; `executionId` is the run that repeats it."""

    id: str
    is_done: bool
    execution_id: str | None
    error: Refusal | None


class RunAnswers(Shape):
    """`more` tells that further runs match; ask again for them."""

    results: list[RunAnswer]
    done: int
    refused: int
    more: bool

    @classmethod
    def of(cls, answers: Sequence[Answer], *, more: bool) -> Self:
        results = [_result(answer) for answer in answers]
        done = sum(result.is_done for result in results)
        return cls(results=results, done=done, refused=len(results) - done, more=more)


def _result(answer: Answer) -> RunAnswer:
    refusal = answer.refusal
    error = Refusal(code=refusal.error_code, message=refusal.message) if refusal else None
    return RunAnswer(id=answer.id, is_done=refusal is None, execution_id=answer.execution_id, error=error)
