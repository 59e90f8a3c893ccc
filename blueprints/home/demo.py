"""A tiny page for first workflows to call: it works on a machine without the internet."""

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from engine import clock

bp = APIBlueprint("demo", __name__, enable_openapi=False)


@bp.get("/demo/ok")
def ok() -> ResponseReturnValue:
    return {"ok": True, "message": "Everything is fine", "at": clock.now()}
