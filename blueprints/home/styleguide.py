"""One page that shows every component in every state, for people and for the accessibility check."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, flash, render_template

from blueprints.shared import words
from engine import clock
from engine.domain.errors import Problem
from engine.domain.runs import states

bp = Blueprint("styleguide", __name__)


@bp.get("/styleguide")
def show() -> str:
    at = clock.now()
    flash("Shop orders changed. The other 2 sources keep their times.", "ok")
    flash("Make PDF could not be saved: the address is missing.", "bad")
    return render_template("styleguide/index.html", **_examples(at))


def _examples(at: datetime) -> dict[str, Any]:
    return {
        "statuses": list(words.STATUS),
        "reasons": [("waiting", reason) for reason in ("retry", "approval", "limit", "unknown_outcome")]
        + [("completed", "unusual")],
        "runs": _runs(at),
        "history": _history(),
        "problems": (
            Problem("Enter a time, like 9:00", "time"),
            Problem("Choose at least one day", "days"),
            Problem("Enter 1 minute or more", "every"),
        ),
        "next_times": [at + timedelta(days=n, minutes=48) for n in range(3, 8)],
        "hours": [(str((9 + n) % 24), [(share, "run")], f"{share // 20} runs")
                  for n, share in enumerate([100, 40, 20, 60, 0, 20, 20, 80, 40, 0, 20, 40])],
        "per_day": [(day, [(good, "ok"), (bad, "bad")], f"{good} succeeded, {bad} failed")
                    for day, good, bad in _WEEK],
        "ended": at - timedelta(minutes=3),
        "due": at + timedelta(seconds=58),
    }


_WEEK = (("Sat", 30, 0), ("Sun", 28, 0), ("Mon", 82, 2), ("Tue", 88, 0), ("Wed", 70, 30), ("Thu", 84, 4),
         ("Fri", 61, 0))


def _runs(at: datetime) -> list[SimpleNamespace]:
    return [
        _run(at, 1043, "Morning report", states.RUNNING, 0, sub="step 2 of 3"),
        _run(at, 20211, "Shop orders", states.FAILED, 12_000,
             why="Could not reach printer.example · Make PDF"),
        _run(at, 881, "Stock sync", states.SKIPPED, None, why="Previous run was still going"),
        _run(at, 88, "Approve refund", states.WAITING, None, reason="approval"),
        _run(at, 1042, "Morning report", states.COMPLETED, 64_000),
    ]


def _run(at: datetime, number: int, name: str, status: str, took: int | None, **more: Any) -> SimpleNamespace:
    known = {"reason": None, "sub": None, "why": None, **more}
    return SimpleNamespace(number=number, name=name, status=status, duration_ms=took,
                           started_at=at - timedelta(seconds=number % 97 * 7), **known)


def _history() -> list[SimpleNamespace]:
    took = (11, 12, 12, 13, 11, 12, 14, 12, 31, 12, 12, 11, 13, 12, 12, 10, 12, 12, 15, 12, 12, 13, 12, 12)
    odd = {8: states.FAILED, 15: states.SKIPPED, 22: states.FAILED}
    return [SimpleNamespace(status=odd.get(n, states.COMPLETED), reason=None, duration_ms=seconds * 1000,
                            unusual=n == 18)
            for n, seconds in enumerate(took)]
