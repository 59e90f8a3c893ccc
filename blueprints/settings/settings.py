"""The way into the settings pages."""

from apiflask import APIBlueprint
from flask import current_app, render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from blueprints.shared.security import required_role

bp = APIBlueprint("settings", __name__, enable_openapi=False)

_PAGES = (
    ("users.show", "Users", "Who may sign in, and what they may do"),
    ("tokens.show", "API tokens", "Let other programs in"),
    ("notifications.show", "Notifications", "Who hears of what"),
    ("holidays.show", "Holidays and hours", "Days off and blackouts that many schedules share"),
    ("brake.show", "Emergency brake", "Hold everything at once"),
    ("scripts.show", "Scripts", "Whether steps may run scripts on this server"),
    ("storage.show", "Storage", "What history takes, and how long it is kept"),
    ("health.show", "System health", "Whether everything that must run is running"),
    ("activity.show", "Activity", "Who changed what"),
)


@bp.get("/settings")
def show() -> ResponseReturnValue:
    return render_template("settings/index.html", pages=[page for page in _PAGES if _is_open(page[0])])


def _is_open(endpoint: str) -> bool:
    """Only pages that exist and that this person may open are offered."""
    if endpoint not in current_app.view_functions:
        return False
    return bool(current_user.may(required_role(current_app, endpoint) or "viewer"))
