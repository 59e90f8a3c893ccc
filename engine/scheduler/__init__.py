"""The leader: at most one process computes what is due."""

from engine.scheduler.leader import Leader

__all__ = ["Leader"]
