"""What history takes, and how long it is kept, for programs."""

from apiflask import APIBlueprint
from flask_login import current_user

from blueprints.schemas import storage as schemas
from blueprints.schemas.base import Answer
from blueprints.shared.extensions import reading, writing
from blueprints.shared.security import requires
from engine import clock
from engine.domain.workflows.retention import Keep
from engine.queries.server import disk, retention, storage
from engine.queries.visibility import authorize_workflow, may_see
from engine.services.server import retention as services
from engine.services.server import vacuum

bp = APIBlueprint("api_storage", __name__, url_prefix="/api/storage", tag="Storage")


@bp.get("")
@bp.output(schemas.Storage)
@bp.doc(security="token")
def show() -> Answer:
    """Show what each workflow keeps and by which rule, the largest first."""
    return _storage()


@bp.put("/retention")
@bp.input(schemas.Rule, arg_name="rule")
@bp.output(schemas.WholeRule)
@bp.doc(security="token")
@requires("admin")
def keep(rule: schemas.Rule) -> Answer:
    """Say how long history is kept where a workflow does not say so itself."""
    with writing() as uow:
        services.set_usual(uow, rule.retention(), by=current_user.id, at=clock.now())
    return schemas.whole_rule(retention.usual(reading()))


@bp.get("/rehearsal")
@bp.input(schemas.RehearsalQuery, location="query", arg_name="query")
@bp.output(schemas.Rehearsal)
@bp.doc(security="token")
def rehearse(query: schemas.RehearsalQuery) -> Answer:
    """Say what a rule would free, delete and keep. Nothing is changed."""
    own, at = query.retention().own(), clock.now()
    if query.workflow_id is None:
        stored = storage.meter(reading(), may_see(current_user))
        return schemas.rehearsal(storage.rehearse(stored, Keep().but(own), at))
    authorize_workflow(reading(), current_user, query.workflow_id)
    return schemas.rehearsal(storage.rehearse_one(reading(), query.workflow_id, own, at))


@bp.post("/give-back")
@bp.output(schemas.Storage, status_code=202)
@bp.doc(security="token")
@requires("admin")
def give_back() -> Answer:
    """Have the room that is free inside the database given back to the disk, a little every second."""
    with writing() as uow:
        vacuum.ask(uow, by=current_user.id, at=clock.now())
    return _storage()


def _storage() -> schemas.Storage:
    return schemas.storage(storage.meter(reading(), may_see(current_user)), retention.usual(reading()),
                           disk.disk(reading()), disk.giving_back(reading()))
