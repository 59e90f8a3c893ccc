"""What is promised about speed: the figure that must hold, and the one to reach for."""

from typing import NamedTuple


class Promise(NamedTuple):
    """A ratio to something measured in the same run, unless `what` says otherwise."""

    key: str
    what: str
    must: float
    stretch: float | None = None
    at_least: bool = False

    def is_met(self, measured: float) -> bool:
        return _holds(measured, self.must, self.at_least)

    def is_stretched(self, measured: float) -> bool:
        return self.stretch is not None and _holds(measured, self.stretch, self.at_least)

    def in_words(self, figure: float | None) -> str:
        """How a goal is written in a table."""
        if figure is None:
            return "–"
        return f"{'≥' if self.at_least else '≤'} {figure:,g}"


def _holds(measured: float, goal: float, at_least: bool) -> bool:
    return measured >= goal if at_least else measured <= goal


ON_POSTGRES = Promise("P1", "runs/s on Postgres against the seed stack", 2.5, 4, at_least=True)
ON_SQLITE = {
    "NORMAL": Promise("P2", "runs/s on SQLite NORMAL against the seed stack", 1.5, 2, at_least=True),
    "FULL": Promise("P2", "runs/s on SQLite FULL against the seed stack", 3, 5, at_least=True),
}
OF_HUEY = Promise("P3", "share of what raw Huey does of nothing", 0.2, 0.33, at_least=True)
N8N = Promise("P4", "runs/s against n8n", 10, 20, at_least=True)
AIRFLOW = Promise("P5", "runs/s against Airflow 3", 300, 1_000, at_least=True)
PREFECT = Promise("P5", "runs/s against Prefect 3", 300, 1_000, at_least=True)
LATENCY = {
    50: Promise("P6", "idle, trigger to completed, p50 against the seed stack", 0.7, 0.4),
    99: Promise("P6", "idle, trigger to completed, p99 against the seed stack", 0.8, 0.4),
}
BURST = Promise("P7", "1,000 due in one second, last start against BullMQ", 0.5, 0.3)
IDLE = Promise("P8", "idle leader, CPU with 100,000 schedules against 1,000", 1.3, 1.1)
DUE = Promise("P9", "1,000 due among 100,000 against a raw loop", 5, 3)
HISTORY = Promise("P10", "page at depth 500,000 of 1,000,000 against the first", 1.5, 1.2)
FRAGMENTS = Promise("P10", "fragments/s against bare Flask rendering the same", 0.6, 0.8, at_least=True)
PAGES = Promise("goal 12", "p95 of a page with 100,000 producers, in ms", 50)
