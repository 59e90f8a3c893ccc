"""Who may see and do what. Every query about workflows is filtered here and nowhere else."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Row, Select, select, true

from engine.domain.errors import Forbidden, NotFound
from engine.domain.people.roles import Person
from engine.models import Execution, Trigger, Workflow


def may_see(person: Person) -> ColumnElement[bool]:
    """Return the condition on `workflows`: administrators see all, others what they own."""
    return true() if person.sees_everything else Workflow.owner_id == person.id


def authorize_workflow(
    connection: Connection, person: Person, workflow_id: str, role: str = "viewer"
) -> Row[str, str, str, str, str]:
    """Return id, slug, name, state and owner_id of the workflow when `person` may act as `role` on it.

    What can't be seen is `NotFound`, so that nobody learns it exists; then `Forbidden`.
    """
    columns = (Workflow.id, Workflow.slug, Workflow.name, Workflow.state, Workflow.owner_id)
    found = connection.execute(
        select(*columns).where(Workflow.id == workflow_id, may_see(person))
    ).first()
    if found is None:
        raise NotFound("There is no such workflow")
    require_role(person, role)
    return found


def authorize_trigger(connection: Connection, person: Person, trigger_id: str, role: str = "viewer") -> None:
    """Check that `person` may act as `role` on a start, also on one that was taken away."""
    of_trigger = select(Trigger.workflow_id).where(Trigger.id == trigger_id)
    _authorize_part(connection, person, of_trigger, role, "There is no such start.")


def authorize_execution(
    connection: Connection, person: Person, execution_id: str, role: str = "viewer"
) -> None:
    """Check that `person` may act as `role` on a run."""
    of_execution = select(Execution.workflow_id).where(Execution.id == execution_id)
    _authorize_part(connection, person, of_execution, role, "There is no such run.")


def authorize_blackout(connection: Connection, person: Person, workflow_ids: Sequence[str] | None) -> None:
    """Check that `person` may hold back these workflows; everything (None) is for administrators."""
    if workflow_ids is None:
        require_role(person, "admin")
    for workflow_id in workflow_ids or ():
        authorize_workflow(connection, person, workflow_id, "editor")


def _authorize_part(
    connection: Connection, person: Person, of_part: Select[str], role: str, otherwise: str
) -> None:
    owning = select(Workflow.id).where(Workflow.id.in_(of_part), may_see(person))
    if connection.execute(owning).first() is None:
        raise NotFound(otherwise)
    require_role(person, role)


def require_role(person: Person, role: str) -> None:
    if not person.may(role):
        raise Forbidden(f"This needs the role {role}. Ask an administrator")
