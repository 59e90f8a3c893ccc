"""Who asks: an API token in the Authorization header, or else the session of the browser."""

from dataclasses import dataclass, field
from datetime import datetime

from flask import Flask, Request, g, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_login import UserMixin, current_user, login_user, logout_user
from itsdangerous import BadSignature

from blueprints.shared.extensions import login, reading, writing
from engine import clock
from engine.domain.people.roles import Person
from engine.queries.server import users as user_queries
from engine.services.people import sessions
from engine.services.people.users import secret_hash


@dataclass(frozen=True, eq=False)
class CurrentUser(Person, UserMixin):  # type: ignore[misc]
    """What `current_user` is: a person, and how they came in. Queries and services take it as `Person`."""

    session_id: str | None = None
    token_id: str | None = None
    seen_at: datetime | None = None
    secret: str = field(default="", repr=False)

    def get_id(self) -> str:
        return self.secret


class ClocklessCookies(SecureCookieSessionInterface):
    """Takes a cookie whenever it was signed: the database knows how long a session lasts, and a clock that
    was set back would sign everybody out."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession:
        signer = self.get_signing_serializer(app)
        assert signer, "there is always a secret key"
        try:
            return self.session_class(signer.loads(request.cookies[self.get_cookie_name(app)]))
        except (KeyError, BadSignature):
            return self.session_class()


def init_app(app: Flask) -> None:
    app.session_interface = ClocklessCookies()
    login.session_protection = None  # it ties a session to an address, and phones change theirs
    login.user_loader(_from_session)
    login.request_loader(_from_token)


def is_api() -> bool:
    """Whether the matched route belongs to the JSON interface."""
    return request.url_rule is not None and request.url_rule.rule.startswith("/api/")


def sign_in(user_id: str) -> None:
    """Open a new session in place of whatever this browser had; no id survives a sign-in."""
    at = clock.now()
    with writing() as uow:
        if current_user.is_authenticated and current_user.session_id:
            sessions.end(uow, current_user.session_id)
        secret = sessions.start(uow, user_id, request.user_agent.string, at)
    session.clear()
    session.permanent = True
    login_user(_from_session(secret))


def sign_out() -> None:
    with writing() as uow:
        sessions.end(uow, current_user.session_id)
    logout_user()
    session.clear()


def forget_user() -> None:
    """Show the rest of this answer as to a stranger, for when the database can't be asked."""
    g.is_stranger = True


def _from_session(secret: str) -> CurrentUser | None:
    if g.get("is_stranger") or (is_api() and "Authorization" in request.headers):
        return None
    found = user_queries.by_session(reading(), secret_hash(secret), clock.now())
    return _current(found, secret)


def _from_token(asked: Request) -> CurrentUser | None:
    """Tokens count for the JSON interface only, and never from the address."""
    if g.get("is_stranger") or not is_api() or asked.authorization is None:
        return None
    if asked.authorization.type != "bearer" or not asked.authorization.token:
        return None
    digest = secret_hash(asked.authorization.token)
    return _current(user_queries.by_token(reading(), digest, clock.now()), "")


def _current(found: user_queries.SignedIn | None, secret: str) -> CurrentUser | None:
    if found is None:
        return None
    return CurrentUser(**vars(found.person), session_id=found.session_id, token_id=found.token_id,
                       seen_at=found.seen_at, secret=secret)
