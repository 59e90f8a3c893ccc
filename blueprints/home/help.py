"""Help, on one page: what people want to do, in their words."""

from apiflask import APIBlueprint
from flask import render_template

bp = APIBlueprint("help", __name__, enable_openapi=False)


@bp.get("/help")
def index() -> str:
    return render_template("help/index.html")
