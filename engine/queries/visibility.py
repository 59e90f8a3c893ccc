"""Who may see and do what. Every query about workflows is filtered here and nowhere else."""

from sqlalchemy import ColumnElement, Connection, Row, select, true

from engine.domain.errors import Forbidden, NotFound
from engine.domain.people import Person
from engine.models import Workflow


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


def require_role(person: Person, role: str) -> None:
    if not person.may(role):
        raise Forbidden(f"This needs the role {role}. Ask an administrator")
