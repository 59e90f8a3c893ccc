"""What history takes, and how long it is kept, as JSON."""

from datetime import datetime

from pydantic import Field

from blueprints.schemas.base import Body, Id, Query, Shape
from engine.domain.workflows.retention import Effect, Keep, Retention
from engine.queries.server.disk import Disk, GivingBack
from engine.queries.server.storage import Stored


class Rule(Body):
    """The installation's rule; what is left out is as Carillon comes."""

    days: int | None = Field(None, ge=1, le=3_650)
    runs: int | None = Field(None, ge=1, le=1_000_000)
    failures_days: int | None = Field(None, ge=1, le=3_650)
    megabytes: int | None = Field(None, ge=1, le=1_000_000)
    planned_days: int | None = Field(None, ge=90, le=3_650)

    def retention(self) -> Retention:
        return Retention(**self.model_dump(include=set(Retention.model_fields)))


class RehearsalQuery(Rule, Query):
    """A rule to try; with `workflowId` for that workflow, else for all without a rule of their own."""

    workflow_id: Id | None = None


class WholeRule(Shape):
    days: int
    runs: int
    failures_days: int
    megabytes: int
    planned_days: int


class Rehearsal(Shape):
    """What would go at once. `withoutData` runs would stay and lose their data."""

    runs: int
    failed_runs: int
    without_data: int
    bytes: int
    sentence: str


class WorkflowStorage(Shape):
    workflow_id: str
    name: str
    runs: int
    failed_runs: int
    bytes: int
    retention: dict[str, int]


class DatabaseSize(Shape):
    """`givesBack` false: the database looks after its free room by itself."""

    bytes: int
    free_bytes: int
    gives_back: bool
    giving_back_since: datetime | None


class Storage(Shape):
    runs: int
    bytes: int
    retention: WholeRule
    workflows: list[WorkflowStorage]
    database: DatabaseSize


def whole_rule(keep: Keep) -> WholeRule:
    return WholeRule.model_validate(keep)


def rehearsal(effect: Effect) -> Rehearsal:
    return Rehearsal(runs=effect.runs, failed_runs=effect.failures, without_data=effect.bared,
                     bytes=effect.bytes, sentence=effect.in_words())


def storage(stored: list[Stored], keep: Keep, disk: Disk, giving_back: GivingBack | None) -> Storage:
    since = giving_back.at if giving_back is not None and giving_back.after is None else None
    return Storage(
        runs=sum(one.runs for one in stored), bytes=sum(one.bytes for one in stored),
        retention=whole_rule(keep),
        workflows=[WorkflowStorage(workflow_id=one.workflow_id, name=one.name, runs=one.runs,
                                   failed_runs=one.failures, bytes=one.bytes, retention=one.own)
                   for one in stored],
        database=DatabaseSize(bytes=disk.size, free_bytes=disk.free, gives_back=disk.gives_back,
                              giving_back_since=since),
    )
