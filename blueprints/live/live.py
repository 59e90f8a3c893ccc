"""Where pages are kept up to date: a socket that tells what changes, and a request to catch up."""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

from apiflask import APIBlueprint
from flask import current_app, g, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from simple_websocket import Server
from werkzeug.exceptions import TooManyRequests

from blueprints.live import feed
from blueprints.live.hub import hub
from blueprints.live.topics import Home, Run, Runs, RunsOfWorkflow, Scene, Topic
from blueprints.live.watchers import Watcher, serve
from blueprints.runs import log, run_list
from blueprints.runs.inside import Into
from blueprints.runs.view import TABS
from blueprints.shared.extensions import parts, reading, release, sock
from engine import clock
from engine.domain.errors import Forbidden, Invalid
from engine.queries.overview import changes
from engine.queries.runs import executions, holds, logs
from engine.queries.visibility import authorize_execution, may_see
from engine.queries.workflows import workflows

bp = APIBlueprint("live", __name__, enable_openapi=False)


def _runs() -> Topic:
    return Runs(run_list.asked_for(reading(), current_user, request.args))


def _home() -> Topic:
    return Home()


def _run(execution_id: str) -> Topic:
    authorize_execution(reading(), current_user, execution_id)
    tab = request.args.get("tab", "steps")
    if tab not in (*dict(TABS), "found"):
        raise Invalid("Reload the page of the run", field="tab")
    behind = holds.may_be_behind(reading(), execution_id)
    if tab == "log":
        plan = executions.run(reading(), may_see(current_user), execution_id, log_lines=0).plan
        return Run(execution_id, tab, log.asked(request.args, plan).which, behind)
    return Run(execution_id, tab, logs.ALL, behind, Into.asked(request.args))


def _workflow(slug: str) -> Topic:
    return RunsOfWorkflow(workflows.by_slug(reading(), may_see(current_user), slug).id)


_TOPICS: Final[dict[str, Callable[..., Topic]]] = {
    "/monitoring": _runs, "/home": _home, "/executions/<execution_id>": _run, "/workflows/<slug>": _workflow,
}


@bp.before_request
def find_topic() -> None:
    """Decide before the handshake; what a stranger's page opens is refused."""
    assert request.url_rule is not None and request.view_args is not None
    if request.url_rule.websocket:
        _check_origin()
        if not hub().has_room(current_user.id):
            raise TooManyRequests
    prefix, _, path = request.url_rule.rule[1:].partition("/")
    g.topic = _TOPICS[f"/{path}"](**request.view_args)
    g.place = g.topic.place(reading()) if prefix == "ws" else ""


def catch_up(**_names: Any) -> ResponseReturnValue:
    """What changed since the page was drawn, as the same partials the socket sends."""
    cursor, place = _since()
    at, connection = clock.now(), reading()
    news = changes.since(connection, cursor)
    if news is not None:
        news = [change for change in news if g.topic.concerns(change)]
        if not news:
            return feed.cursor_only(changes.cursor(connection, at), place)
    scene = Scene(connection, current_user, at)
    html, _ = feed.draw(scene, g.topic, news, changes.cursor(connection, at), place)
    return html


def stream(ws: Server, **_names: Any) -> None:
    """Hold the socket open; the hub gives what to send."""
    watcher = Watcher(g.topic, current_user._get_current_object(), current_user.session_id, g.place)
    is_stopping = current_app.extensions.get("carillon_is_stopping", lambda: False)
    release()
    hub().watch(watcher)
    try:
        serve(ws, watcher, is_stopping)
    finally:
        hub().leave(watcher)


for path, find in _TOPICS.items():
    bp.add_url_rule(f"/live{path}", f"catch_up{find.__name__}", catch_up)
    sock.route(f"/ws{path}", bp=bp, endpoint=f"stream{find.__name__}")(stream)


def _check_origin() -> None:
    origin = urlsplit(request.headers.get("Origin", ""))
    if not origin.netloc or origin.netloc not in (request.host, urlsplit(parts().settings.base_url).netloc):
        raise Forbidden("Open this page at the address of this Carillon")


def _since() -> tuple[int, str]:
    cursor, _, place = request.args.get("since", "").partition("-")
    if not cursor.isdecimal() or not (place.isdecimal() or not place):
        raise Invalid("Reload the page", field="since")
    return int(cursor), place
