"""Accounts as JSON, and how much their workflows may run; for administrators."""

from apiflask import APIBlueprint
from flask_login import current_user

from blueprints.schemas import users as schemas
from blueprints.schemas.base import Answer
from blueprints.shared.extensions import reading, writing
from blueprints.shared.security import requires
from engine import clock
from engine.queries.server import users
from engine.services.people import accounts

bp = APIBlueprint("api_users", __name__, url_prefix="/api/users", tag="Users")


@bp.get("")
@bp.output(schemas.AccountList)
@bp.doc(security="token")
@requires("admin")
def index() -> Answer:
    """List the accounts with their limits."""
    return schemas.AccountList(users=[schemas.account(row) for row in users.everyone(reading())])


@bp.patch("/<user_id>/limits")
@bp.input(schemas.AccountLimits, arg_name="limits")
@bp.output(schemas.Account)
@bp.doc(security="token")
@requires("admin")
def limit(user_id: str, limits: schemas.AccountLimits) -> Answer:
    """Limit all workflows of an account together."""
    with writing() as uow:
        changed = limits.onto(users.by_id(uow.connection, user_id))
        accounts.limit(uow, user_id, changed, by=current_user.id, at=clock.now())
    return schemas.account(users.by_id(reading(), user_id))
