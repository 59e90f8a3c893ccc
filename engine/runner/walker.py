"""What loops and waits need of the walk they are part of."""

from collections.abc import Sequence
from typing import Protocol

from engine.domain.errors import StepFailed
from engine.runner.course import Course
from engine.runner.plans import PlanStep
from engine.runner.records import Records
from engine.runner.scopes import Flow, Scope


class Walker(Protocol):
    """Takes blocks of steps; `engine.runner.walk` is the one there is."""

    course: Course
    records: Records

    async def block(self, steps: Sequence[PlanStep], scope: Scope) -> Flow:
        """Do these steps in order, until one of them rests or ends the run."""

    async def after_failure(self, step: PlanStep, failure: StepFailed, scope: Scope) -> Flow:
        """Do what is to be done once a step has failed for good."""
