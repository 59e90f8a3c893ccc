"""API tokens as JSON."""

from typing import Any

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue
from flask_login import current_user
from pydantic import BaseModel, Field
from sqlalchemy import Row

from blueprints.schemas.base import Body, Moment
from blueprints.shared.extensions import reading, writing
from blueprints.shared.security import requires
from engine import clock
from engine.domain.errors import Forbidden
from engine.domain.people.roles import SCOPES
from engine.queries.server import users as user_queries
from engine.queries.visibility import require_role
from engine.services.people import accounts, users

bp = APIBlueprint("api_tokens", __name__, url_prefix="/api/tokens", tag="Tokens")


class NewToken(Body):
    name: str
    scopes: list[str] = Field(description=f"What it may do: {', '.join(SCOPES)}")
    expires_at: Moment | None = None


class MadeToken(BaseModel):
    id: str
    token: str


@bp.get("")
@bp.doc(security="token")
def index() -> ResponseReturnValue:
    """List the tokens of the account."""
    return {"tokens": [_as_json(row) for row in user_queries.tokens_of(reading(), current_user.id)]}


@bp.post("")
@bp.input(NewToken, arg_name="new")
@bp.output(MadeToken, status_code=201)
@bp.doc(security="token")
@requires("viewer")
def create(new: NewToken) -> ResponseReturnValue:
    """Make a token; its text is in this answer and never shown again."""
    _check_full_reach()
    for scope in new.scopes:
        require_role(current_user, SCOPES.get(scope, "viewer"))
    with writing() as uow:
        token_id, text = users.create_token(
            uow, user_id=current_user.id, name=new.name, scopes=new.scopes, at=clock.now(),
            expires_at=new.expires_at,
        )
    return {"id": token_id, "token": text}


@bp.delete("/<token_id>")
@bp.doc(security="token")
@requires("viewer")
def revoke(token_id: str) -> ResponseReturnValue:
    """Revoke a token."""
    _check_full_reach()
    with writing() as uow:
        accounts.revoke_token(uow, token_id, user_id=current_user.id, at=clock.now())
    return "", 204


def _check_full_reach() -> None:
    """A token that may do less than its account must not make one that may do more."""
    if current_user.reach != current_user.role:
        raise Forbidden("This token may not manage tokens")


def _as_json(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id, "name": row.name, "hint": row.hint, "scopes": row.scopes,
        "createdAt": row.created_at, "expiresAt": row.expires_at, "lastUsedAt": row.last_used_at,
    }
