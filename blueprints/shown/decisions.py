"""What was decided about one due time, in words, and such times in addresses."""

from datetime import datetime

from flask import Blueprint

from blueprints.shared.formats import moment_words
from engine.domain.runs import states
from engine.queries.times.upcoming import Due


def install(bp: Blueprint) -> None:
    """Give every template the filters a list of times to come needs."""
    bp.add_app_template_filter(decision_words)
    bp.add_app_template_filter(iso_exact)


def iso_exact(when: datetime) -> str:
    """Return the moment for an address, to the last digit there is."""
    return when.isoformat().replace("+00:00", "Z")


def decision_words(due: Due, zone: str, at: datetime) -> str:
    """Return "skipped by Ann", "moved by Ann from Mon 23 Nov, 8:00 am"."""
    decision = due.decision
    if decision is None:
        return ""
    by = f" by {decision.by}" if decision.by else ""
    if decision.action == states.MOVE:
        values = ", with other values" if decision.inputs else ""
        return f"moved{by} from {moment_words(due.scheduled_at, zone, at)}{values}"
    return {
        states.SKIP: f"skipped{by}", states.RUN_EARLY: f"run early{by}",
        states.INPUTS: f"with other values, set{by}",
    }[str(decision.action)]
