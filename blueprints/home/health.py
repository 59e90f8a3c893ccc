"""Whether everything that must run is running: for monitors, and in plain words for people."""

import shutil
from dataclasses import dataclass
from datetime import timedelta

from apiflask import APIBlueprint
from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from blueprints.shared.extensions import parts, reading
from engine import clock
from engine.queries.server.health import SignsOfLife, signs_of_life

bp = APIBlueprint("health", __name__, enable_openapi=False)

_LATE = timedelta(minutes=1)
_LITTLE_ROOM = 200 * 1024 * 1024


@dataclass(frozen=True)
class Health:
    """`life` is None when the database can't be asked."""

    life: SignsOfLife | None
    has_redis: bool
    has_room: bool

    @property
    def status(self) -> str:
        if self.life is None:
            return "down"
        fine = self.has_redis and self.has_room and self.life.has_leader and self.life.workers
        return "ok" if fine and self.life.oldest_overdue <= _LATE else "degraded"

    def checks(self) -> dict[str, str | int | None]:
        life = self.life
        return {
            "database": "down" if life is None else "ok",
            "redis": "ok" if self.has_redis else "down",
            "leader": None if life is None else "ok" if life.has_leader else "missing",
            "workers": life.workers if life else None,
            "oldestOverdueSeconds": int(life.oldest_overdue.total_seconds()) if life else None,
            "disk": "ok" if self.has_room else "low",
        }


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    health = _examine()
    status = 503 if health.status == "down" else 200
    return {"status": health.status, "checks": health.checks()}, status


@bp.get("/settings/health")
def show() -> ResponseReturnValue:
    health = _examine()
    return render_template("settings/health.html", health=health, late=_LATE)


def _examine() -> Health:
    try:
        life = signs_of_life(reading(), clock.now())
    except SQLAlchemyError:
        life = None
    free = shutil.disk_usage(parts().settings.home).free
    return Health(life, parts().bus.ping(), free >= _LITTLE_ROOM)
