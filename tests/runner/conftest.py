"""A worker with step types that a test can steer."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.db import Database
from engine.steps import registry
from engine.steps._base import Effect, Finished, Outcome, StepContext, StepSettings, StepType
from tests.support.stories import Clock, Engine


class AnySettings(StepSettings):
    say: str = ""


class Scripted(StepType[AnySettings]):
    """Does what the test says, and remembers how it was called."""

    key = "scripted"
    name = "Scripted"
    summary = "Does what a test says"
    group = "Tests"
    icon = "check"
    Settings = AnySettings

    def __init__(self, effect: Effect = "repeatable") -> None:
        self.declared = effect
        self.calls: list[StepContext] = []
        self.act: Callable[[StepContext, AnySettings], Any] = lambda context, settings: settings.say

    @property
    def effect(self) -> Effect:  # type: ignore[override]
        return self.declared

    def run(self, context: StepContext, settings: AnySettings) -> Outcome:
        self.calls.append(context)
        answer = self.act(context, settings)
        return answer if isinstance(answer, Outcome) else Finished(answer)


@pytest.fixture
def scripted() -> Scripted:
    return Scripted()


@pytest.fixture
def engine(database: Database, clock: Clock, scripted: Scripted) -> Engine:
    return Engine(database, clock, steps={**registry(), "scripted": scripted})
