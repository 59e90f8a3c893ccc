"""The words people see: status texts, navigation, error pages. One table each."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from engine.domain.runs import states


class Look(NamedTuple):
    """How a status looks: its text, its icon and its colour token (ok bad run wait idle)."""

    text: str
    icon: str
    token: str


STATUS: Final[dict[str, Look]] = {
    states.PENDING: Look("Waiting to start", "clock", "idle"),
    states.RUNNING: Look("Running", "loader", "run"),
    states.WAITING: Look("Waiting", "hourglass", "idle"),
    states.COMPLETED: Look("Succeeded", "check", "ok"),
    states.FAILED: Look("Failed", "x", "bad"),
    states.CANCELLED: Look("Stopped", "square", "idle"),
    states.SKIPPED: Look("Skipped", "chevrons-right", "idle"),
    states.MISSED: Look("Missed", "circle-slash", "wait"),
    states.UNUSUAL: Look("Looks unusual", "triangle-alert", "wait"),
    states.DRY_RUN: Look("Dry runs", "flask-conical", "idle"),
    states.STARTED: Look("Started", "play", "ok"),
    states.DRAFT: Look("Draft", "file-pen-line", "idle"),
    states.ON: Look("On", "check", "ok"),
    states.PAUSED: Look("Paused", "pause", "wait"),
    states.OFF: Look("Off", "power", "idle"),
    states.ARCHIVED: Look("Archived", "archive", "idle"),
    states.ACTIVE: Look("On", "check", "ok"),
    states.AUTO_PAUSED: Look("Paused after failures", "pause", "bad"),
    states.BROKEN: Look("Needs a fix", "triangle-alert", "bad"),
    states.ENDED: Look("Ended", "circle-check", "idle"),
}

_BY_REASON: Final[dict[tuple[str, str], Look]] = {
    (states.WAITING, "retry"): Look("Trying again", "repeat", "wait"),
    (states.WAITING, "approval"): Look("Waiting for you", "hand", "wait"),
    (states.WAITING, "workflow"): Look("Waiting for another run", "workflow", "idle"),
    (states.WAITING, "limit"): Look("Waiting in line", "list", "idle"),
    (states.WAITING, "unknown_outcome"): Look("Needs your decision", "circle-help", "wait"),
    (states.WAITING, "overlap"): Look("Waiting in line", "list", "idle"),
    (states.PENDING, "overlap"): Look("Waiting in line", "list", "idle"),
    (states.PENDING, "brake"): Look("On hold", "octagon-x", "wait"),
    (states.COMPLETED, states.UNUSUAL): Look("Succeeded, looks unusual", "triangle-alert", "wait"),
}


def look(status: str, reason: str | None = None) -> Look:
    """Return how a stored status is shown; a reason may give it words of its own."""
    return _BY_REASON.get((status, reason or ""), STATUS[status])


_TAKEN: Final = {
    "last_run": "Later steps got its answer of the last good run.",
    "example": "There is no answer of the last good run here. Later steps got an example and stand-ins.",
    "stand_in": "There is no answer of the last good run here. Later steps got stand-ins.",
}


def answer_taken(taken: str | None) -> str:
    """Say what a step of a dry run took for its answer; nothing where that was not kept."""
    return _TAKEN.get(taken or "", "")


class NavItem(NamedTuple):
    """A line of the navigation; `covers` are further paths it stands for."""

    text: str
    path: str
    icon: str
    covers: tuple[str, ...] = ()

    def is_current(self, path: str) -> bool:
        if self.path == "/":
            return path == "/"
        return any(path == one or path.startswith(one + "/") for one in (self.path, *self.covers))


NAVIGATION: Final = (
    NavItem("Home", "/", "house"),
    NavItem("Workflows", "/workflows", "workflow"),
    NavItem("Runs", "/monitoring", "activity", ("/executions", "/runs", "/approvals")),
    NavItem("Calendar", "/calendar", "calendar"),
    NavItem("Connections", "/connections", "plug"),
    NavItem("Templates", "/templates", "layout-template"),
    NavItem("Settings", "/settings", "settings"),
)


_ADVICE: Final[dict[int, str]] = {
    400: "Go back, reload the page and send it again.",
    401: "You will come back to this page afterwards.",
    403: "Ask an administrator of this Carillon for access.",
    404: "Check the address, or start from Home.",
    405: "Go back and use the buttons on the page.",
    409: "Go back and reload to see how things stand now.",
    413: "Send a smaller file or less text.",
    422: "Go back, change it and send it again. What you typed is still there.",
    429: "What you did before is kept.",
    500: "Your workflows and their runs are kept. If it stays like this, tell your administrator.",
    503: "Your workflows and their runs are kept. If it stays like this, tell your administrator.",
}


def error_advice(status: int) -> str:
    """Return what a person can do about an error page."""
    return _ADVICE.get(status, "Go back and try again.")


_ORDINALS: Final = ("First", "Second", "Third")


def named_parts(value: Any) -> list[tuple[str, Any]]:
    """Return what is inside a table or a list, with names people say: "First", "No. 4"."""
    if isinstance(value, Mapping):
        return [(str(key), inner) for key, inner in value.items()]
    names = (*_ORDINALS, *(f"No. {number}" for number in range(4, len(value) + 1)))
    return list(zip(names, value, strict=False))


def kind_words(value: Any) -> str:
    """Return what kind of data this is: "list of 3", "2 values"."""
    if isinstance(value, Mapping):
        return "1 value" if len(value) == 1 else f"{len(value)} values"
    return f"list of {len(value)}"


def value_words(value: Any) -> str:
    """Return one plain value as people read it."""
    if value is None or value == "":
        return "(empty)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def item_words(position: str) -> str:
    """Say which item of a loop this position is, as people count: "item 3", "item 3.1"; empty outside."""
    return f"item {item_number(position)}" if position else ""


def step_words(name: str, position: str) -> str:
    """Return the name of a step in quotes, with its item where it is inside a loop: “Send” (item 3)."""
    return f"“{name}” ({item_words(position)})" if position else f"“{name}”"


def item_number(position: str) -> str:
    """Return a position with numbers from 1: "3.1" for the first item of a loop inside the third."""
    return ".".join(str(int(part) + 1) for part in position.split(".")) if position else ""


def tally(runs: Iterable[Any]) -> str:
    """Return how runs ended, in words: "27 succeeded (1 looks unusual), 3 failed"."""
    ended = list(runs)
    counts = Counter(run.status for run in ended)
    odd = sum(map(is_unusual, ended))
    beside = {states.COMPLETED: f" ({odd} {'looks' if odd == 1 else 'look'} unusual)"} if odd else {}
    said = [f"{count} {look(status).text.lower()}{beside.get(status, '')}"
            for status, count in counts.most_common()]
    return ", ".join(said) or "none yet"


def is_unusual(run: Any) -> bool:
    """Whether a run went well and gave something its workflow wants to be warned of."""
    return run.status == states.COMPLETED and bool(getattr(run, "unusual", False))
