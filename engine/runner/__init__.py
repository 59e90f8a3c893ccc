"""Runs executions: claim, steps, checkpoint. A worker never sleeps in here."""

from engine.runner.house import House, Threads
from engine.runner.means import Means
from engine.runner.plans import Plans
from engine.runner.worker import Runner

__all__ = ["House", "Means", "Plans", "Runner", "Threads"]
