"""The calendar for calendar programs: its secret address, and what is read there."""

from apiflask import APIBlueprint
from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from blueprints.calendar.feed_events import events
from blueprints.shared.extensions import limiter, parts, reading, writing
from blueprints.shared.security import requires
from engine import clock
from engine.domain.due.feed_text import feed_text
from engine.domain.errors import NotFound
from engine.queries.times import feeds
from engine.queries.times.calendar import Scope
from engine.queries.visibility import may_see
from engine.queries.workflows import workflows
from engine.services.people import feeds as services
from engine.services.people.users import secret_hash

bp = APIBlueprint("feeds", __name__, url_prefix="/calendar", enable_openapi=False)


@bp.get("/feed/<secret>.ics")
@limiter.limit("30 per minute")
def read(secret: str) -> ResponseReturnValue:
    """Answer whoever knows the address: it is the key, like the secret of a token."""
    at = clock.now()
    person = feeds.owner(reading(), secret_hash(secret))
    if person is None:
        raise NotFound("There is no calendar at this address. Its owner may have made a new one")
    visible, slug = may_see(person), request.args.get("workflow")
    workflow = workflows.by_slug(reading(), visible, slug) if slug else None
    scope = Scope(visible, workflow.id if workflow else None)
    found = events(reading(), scope, parts().settings.base_url, at)
    name = f"Carillon: {workflow.name}" if workflow else "Carillon"
    headers = {"Content-Disposition": 'inline; filename="carillon.ics"', "X-Robots-Tag": "noindex"}
    return Response(feed_text(found, name, at), content_type="text/calendar; charset=utf-8", headers=headers)


@bp.get("/subscription")
def show() -> ResponseReturnValue:
    return _page()


@bp.post("/subscription")
@requires("viewer")
def renew() -> ResponseReturnValue:
    """Answer with the page itself: the address is shown once and stored nowhere."""
    with writing() as uow:
        secret = services.renew(uow, current_user.id, clock.now())
    return _page(parts().settings.base_url + url_for(".read", secret=secret)), 201


@bp.post("/subscription/end")
@requires("viewer")
def end() -> ResponseReturnValue:
    with writing() as uow:
        services.end(uow, current_user.id, clock.now())
    flash("The secret address no longer works.", "ok")
    return redirect(url_for(".show"), 303)


def _page(address: str | None = None) -> str:
    since = feeds.since(reading(), current_user.id)
    return render_template("calendar/subscription.html", address=address, since=since)
