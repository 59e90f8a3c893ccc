"""First start: the one-time code makes the first administrator."""

from ipaddress import ip_address

from apiflask import APIBlueprint
from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from blueprints.shared.extensions import limiter, parts, reading, writing
from blueprints.shared.forms import text
from blueprints.shared.identity import sign_in
from engine import clock
from engine.domain.errors import Conflict, Invalid
from engine.domain.time.zones import zone_choices
from engine.queries.server import users as user_queries
from engine.services.people import users

bp = APIBlueprint("setup", __name__, enable_openapi=False)


@bp.get("/setup")
def show() -> ResponseReturnValue:
    if user_queries.is_set_up(reading()):
        return redirect(url_for("auth.show"))
    code = request.args.get("code", "") if _is_same_machine() else ""
    return _page({"code": code, "timezone": parts().settings.timezone})


@bp.post("/setup")
@limiter.limit("30 per 10 minutes", deduct_when=lambda response: response.status_code == 422)
def create() -> ResponseReturnValue:
    try:
        with writing() as uow:
            user_id = users.set_up(
                uow, code=text("code"), email=text("email"), name=text("name"),
                password=request.form.get("password", ""), timezone=text("timezone"), at=clock.now(),
            )
    except Invalid as error:
        return _page(request.form, error), 422
    except Conflict:
        return redirect(url_for("auth.show"), 303)
    sign_in(user_id)
    return redirect("/", 303)


def _page(values: object, error: Invalid | None = None) -> str:
    return render_template(
        "setup/setup.html", values=values, problems=error.problems if error else (),
        zones=zone_choices(clock.now()), ask_browser=parts().settings.timezone == "UTC",
    )


def _is_same_machine() -> bool:
    """Whether the browser runs where the code was printed; behind a proxy nobody can tell."""
    if parts().settings.proxies or not request.remote_addr:
        return False
    return ip_address(request.remote_addr).is_loopback
