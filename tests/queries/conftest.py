"""The same workflow and administrator as the tests of the services."""

from tests.services.conftest import ann, workflow_id

__all__ = ["ann", "workflow_id"]
