"""Questions to people as JSON."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from blueprints.schemas.base import Body, Id, Query, Rows, Shape, Text


class ApprovalQuery(Query):
    status: Literal["open", "all"] = "open"
    execution_id: Id | None = None
    after: Id | None = Field(None, description="“next” of the page before.")
    limit: Rows = 50


class ApprovalAnswer(Body):
    """One of the question's `choices`, with a note for the workflow if there is something to say."""

    answer: str = Field(max_length=60)
    note: Text = ""


class Approval(Shape):
    id: str
    execution_id: str
    workflow_id: str
    workflow_name: str
    step_key: str
    position: str
    question: str
    choices: list[str]
    recipients: list[str]
    asked_at: datetime
    remind_at: datetime | None
    expires_at: datetime | None
    is_open: bool
    answer: str | None
    note: str
    answered_by: str | None
    answered_at: datetime | None


class ApprovalPage(Shape):
    approvals: list[Approval]
    next: str | None
