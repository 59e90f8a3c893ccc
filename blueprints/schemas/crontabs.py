"""Crontabs as JSON: the text that is sent, and what became of each line."""

from typing import Annotated, Literal

from pydantic import Field

from blueprints.schemas.base import Body, Shape
from engine.domain.workflows.crontabs import MOST_CHARACTERS


class CrontabOrder(Body):
    """Without `timezone` the zone of the account counts, where no CRON_TZ stands above a job."""

    text: Annotated[str, Field(min_length=1, max_length=MOST_CHARACTERS)]
    timezone: str | None = None
    user_column: Literal["auto", "yes", "no"] = "auto"


class ReadLine(Shape):
    """A line that is or was meant as a job. `workflowId` is null when it was left out, `why` says why.

    `step` is `http_request` or `script`; `why` then says what to look at before it is turned on.
    """

    line: int
    text: str
    workflow_id: str | None = None
    slug: str | None = None
    name: str | None = None
    sentence: str | None = None
    step: str | None = None
    why: str | None = None


class ReadCrontab(Shape):
    """While scripts are not allowed on this server, drafts with one can't be made live."""

    made: int
    scripts_allowed: bool
    lines: list[ReadLine]
