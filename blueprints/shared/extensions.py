"""The Flask extensions, unbound, and what views reach through them: reading, writing, the parts."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, current_app
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sock import Sock
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import Connection, Engine

from engine.db import UnitOfWork
from engine.models import Base
from engine.wiring import Parts


class RequestDatabase(SQLAlchemy):
    """Reads through the application's own engine, so that there is one pool and one set of pragmas."""

    def _make_engine(self, bind_key: str | None, options: dict[str, Any], app: Flask) -> Engine:
        made: Parts = app.extensions["carillon"]
        return made.database.reader


db = RequestDatabase(metadata=Base.metadata)
migrate = Migrate(directory="migrations", render_as_batch=True)
csrf = CSRFProtect()
login = LoginManager()
limiter = Limiter(get_remote_address)
sock = Sock()


def init_app(app: Flask) -> None:
    for extension in (db, csrf, login, limiter, sock):
        extension.init_app(app)
    migrate.init_app(app, db)


def parts() -> Parts:
    """Return what `engine.wiring.build` made."""
    made: Parts = current_app.extensions["carillon"]
    return made


def reading() -> Connection:
    """Return this request's connection for reading; it shows one moment of the database."""
    return db.session.connection()


@contextmanager
def writing() -> Iterator[UnitOfWork]:
    """Open a transaction; what is read in this request afterwards sees what it changed."""
    with parts().database.transaction() as uow:
        yield uow
    release()


def release() -> None:
    """Give the reading connection back; a socket does so before it starts to wait."""
    db.session.remove()
