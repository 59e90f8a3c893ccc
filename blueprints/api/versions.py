"""Versions of a workflow as JSON."""

from apiflask import APIBlueprint
from flask_login import current_user

from blueprints.schemas import versions as schemas
from blueprints.schemas.base import Answer
from blueprints.shared.extensions import reading, writing
from blueprints.shared.security import requires
from engine import clock
from engine.domain.errors import NotFound
from engine.queries.visibility import authorize_workflow, may_see
from engine.queries.workflows import workflows as queries
from engine.services.workflows import documents, versions

bp = APIBlueprint("api_versions", __name__, url_prefix="/api/workflows/<workflow_id>/versions",
                  tag="Versions")


@bp.get("")
@bp.output(schemas.VersionList)
@bp.doc(security="token")
def index(workflow_id: str) -> Answer:
    """List the versions of a workflow, newest first."""
    return schemas.VersionList(versions=_versions(workflow_id))


@bp.post("")
@bp.input(schemas.NewVersion, arg_name="new")
@bp.output(schemas.Version, status_code=201)
@bp.doc(security="token")
@requires("editor")
def create(workflow_id: str, new: schemas.NewVersion) -> Answer:
    """Keep steps as the next version. It is not live before it is published."""
    with writing() as uow:
        authorize_workflow(uow.connection, current_user, workflow_id, "editor")
        number = documents.add_version(uow, workflow_id, new.steps, note=new.note, by=current_user.id,
                                       at=clock.now())
    return _version(workflow_id, number)


@bp.get("/<int(max=1000000):number>")
@bp.output(schemas.Version)
@bp.doc(security="token")
def show(workflow_id: str, number: int) -> Answer:
    """Show one version."""
    return _version(workflow_id, number)


@bp.post("/<int(max=1000000):number>/publish")
@bp.output(schemas.Version)
@bp.doc(security="token")
@requires("editor")
def publish(workflow_id: str, number: int) -> Answer:
    """Make a version live: runs that start from now on use it, runs under way keep theirs."""
    with writing() as uow:
        authorize_workflow(uow.connection, current_user, workflow_id, "editor")
        versions.make_live(uow, workflow_id, number, by=current_user.id, at=clock.now())
    return _version(workflow_id, number)


def _versions(workflow_id: str) -> list[schemas.Version]:
    live = queries.by_id(reading(), may_see(current_user), workflow_id).live_version_id
    return [schemas.version(row, live) for row in queries.versions(reading(), workflow_id)]


def _version(workflow_id: str, number: int) -> schemas.Version:
    for version in _versions(workflow_id):
        if version.number == number:
            return version
    raise NotFound(f"There is no version {number}.")
