"""Runs executions: claim, steps, checkpoint. A worker never sleeps in here."""

from engine.runner.means import Means
from engine.runner.worker import Runner

__all__ = ["Means", "Runner"]
