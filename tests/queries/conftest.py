"""The same workflow and clock as the tests of the services."""

from tests.services.conftest import clock, engine, workflow_id

__all__ = ["clock", "engine", "workflow_id"]
