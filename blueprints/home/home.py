"""Home: what needs somebody, what runs, what comes next."""

from apiflask import APIBlueprint
from flask import render_template
from flask.typing import ResponseReturnValue
from flask_login import current_user

from blueprints.home import downtime
from blueprints.home import view as home_view
from blueprints.shared.extensions import reading
from engine import clock
from engine.queries.overview import changes
from engine.queries.visibility import may_see

bp = APIBlueprint("home", __name__, enable_openapi=False)


@bp.get("/")
def index() -> ResponseReturnValue:
    at = clock.now()
    cursor = changes.cursor(reading(), at)
    view = home_view.view(reading(), current_user, at)
    greeting = home_view.greeting(at, current_user.timezone)
    off = downtime.banner(reading(), may_see(current_user), at)
    return render_template("home/index.html", view=view, cursor=cursor, greeting=greeting, off=off)
