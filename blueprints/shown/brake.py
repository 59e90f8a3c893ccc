"""The emergency brake as pages meet it: whether it is on, and whether who starts a run by hand knows."""

from blueprints.shared.extensions import reading
from blueprints.shared.forms import text
from engine import clock
from engine.queries.server import brake
from engine.queries.server.brake import Brake


def brake_now() -> Brake | None:
    """Return the brake that holds everything in this moment, for the banner of every page."""
    found = brake.current(reading())
    return found if found and found.holds(clock.now()) else None


def is_untold() -> bool:
    """Whether the brake is on and the form that was sent did not say so: then it is shown again first."""
    found = brake_now()
    return found is not None and text("told") != found.since.isoformat()
