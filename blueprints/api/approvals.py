"""Questions to people as JSON: listed, shown and answered."""

from apiflask import APIBlueprint
from flask_login import current_user

from blueprints.schemas import approvals as schemas
from blueprints.schemas.base import Answer
from blueprints.shared.extensions import reading, writing
from blueprints.shared.security import requires
from engine import clock
from engine.queries.runs import questions
from engine.queries.visibility import authorize_workflow, may_see
from engine.services.runs import approvals

bp = APIBlueprint("api_approvals", __name__, url_prefix="/api/approvals", tag="Approvals")


@bp.get("")
@bp.input(schemas.ApprovalQuery, location="query", arg_name="query")
@bp.output(schemas.ApprovalPage)
@bp.doc(security="token")
def index(query: schemas.ApprovalQuery) -> Answer:
    """List what runs ask, newest first; only what is open, unless `status` is `all`."""
    rows = questions.page(
        reading(), may_see(current_user), clock.now(), only_open=query.status == "open",
        execution_id=query.execution_id, after=query.after, limit=query.limit + 1,
    )
    shown = rows[:query.limit]
    return schemas.ApprovalPage(
        approvals=[schemas.Approval.model_validate(row) for row in shown],
        next=shown[-1].id if len(rows) > query.limit else None,
    )


@bp.get("/<approval_id>")
@bp.output(schemas.Approval)
@bp.doc(security="token")
def show(approval_id: str) -> Answer:
    """Show one question."""
    return questions.one(reading(), may_see(current_user), approval_id, clock.now())


@bp.post("/<approval_id>/answer")
@bp.input(schemas.ApprovalAnswer, arg_name="given")
@bp.output(schemas.Approval)
@bp.doc(security="token")
@requires("operator")
def answer(approval_id: str, given: schemas.ApprovalAnswer) -> Answer:
    """Answer for everybody; the run goes on with it. The first answer counts."""
    at = clock.now()
    row = questions.one(reading(), may_see(current_user), approval_id, at)
    with writing() as uow:
        authorize_workflow(uow.connection, current_user, row.workflow_id, "operator")
        approvals.answer(uow, approval_id, given.answer, by=current_user.name, note=given.note,
                         user_id=current_user.id, at=at)
    return questions.one(reading(), may_see(current_user), approval_id, clock.now())
