"""A signed-in administrator of an installation, through Flask's test client: everything but the network."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from apiflask import APIFlask
from argon2 import PasswordHasher
from flask.testing import FlaskClient

from app import create_app
from engine import config, wiring
from engine.db import Database
from engine.services.people import users

_EMAIL, _PASSWORD = "ann@example.org", "correct horse battery"


class Administrator(NamedTuple):
    user_id: str
    token: str


def add_administrator(database: Database, at: datetime) -> Administrator:
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with database.transaction() as uow:
        user_id = users.create_admin(uow, email=_EMAIL, name="Ann", password=_PASSWORD,
                                     timezone="Europe/Berlin", at=at, hasher=hasher)
        _, token = users.create_token(uow, user_id=user_id, name="bench", scopes=["write"], at=at)
    return Administrator(user_id, token)


def open_app(url: str, home: str) -> APIFlask:
    """Make the web application, settled as a web process is; no Redis answers it."""
    environ = {"CARILLON_HOME": home, "DATABASE_URL": url, "CARILLON_TZ": "Europe/Berlin"}
    app = create_app(replace(config.load(environ), redis_url=f"unix://{Path(home)}/no-redis.sock"))
    wiring.settle()
    return app


def sign_in(app: APIFlask) -> FlaskClient:
    client = app.test_client()
    page = client.get("/login").text
    marker = 'name="csrf_token" value="'
    csrf = page[page.index(marker) + len(marker):].partition('"')[0]
    client.post("/login", data={"email": _EMAIL, "password": _PASSWORD, "csrf_token": csrf})
    return client
