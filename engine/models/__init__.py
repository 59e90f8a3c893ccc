"""Every table. Importing this package makes `Base.metadata` complete."""

from engine.models.approvals import Approval, ApprovalMail
from engine.models.base import Base
from engine.models.executions import (
    HAS_KEY,
    IS_FAILED,
    IS_LIVE,
    LIVE_STATUS,
    Execution,
    ExecutionLog,
    ExecutionStep,
    IgnoredRun,
)
from engine.models.history import FailedStep, Statistic, StoredDay
from engine.models.processes import Change, Leader, Process
from engine.models.settings import AuditEntry, Setting
from engine.models.times import Blackout, Calendar, OccurrenceOverride, Outage
from engine.models.triggers import Occurrence, ProducerSchedule, Trigger, WebhookCall
from engine.models.users import ApiToken, CalendarFeed, Session, User
from engine.models.workflows import Workflow, WorkflowVersion

__all__ = [
    "HAS_KEY", "IS_FAILED", "IS_LIVE", "LIVE_STATUS", "ApiToken", "Approval", "ApprovalMail", "AuditEntry",
    "Base", "Blackout", "Calendar", "CalendarFeed", "Change", "Execution", "ExecutionLog", "ExecutionStep",
    "FailedStep", "IgnoredRun", "Leader", "Occurrence", "OccurrenceOverride", "Outage", "Process",
    "ProducerSchedule", "Session", "Setting", "Statistic", "StoredDay", "Trigger", "User", "WebhookCall",
    "Workflow", "WorkflowVersion",
]
