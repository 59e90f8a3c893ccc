"""What was measured: shown, and kept as one JSON line per measurement in `bench/results/`."""

import json
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from engine import clock

FOLDER = Path(__file__).resolve().parent / "results"


def keep(goal: str, must: float, measured: float, **details: Any) -> None:
    """Show a figure beside the goal it belongs to, and append it to the results."""
    verdict = "met" if measured <= must else "NOT MET"
    print(f"{goal}: {measured:.2f} (goal: at most {must:g}) – {verdict}")
    line = {"goal": goal, "must": must, "measured": measured, "at": clock.now().isoformat(),
            "machine": _machine(), **details}
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / "schedules.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    return median(ours) / median(theirs)


def rounded(values: Sequence[float]) -> list[float]:
    return [round(value, 4) for value in values]


def _machine() -> dict[str, Any]:
    """Others use the machine too: the load says how much."""
    return {"cores": os.cpu_count(), "processor": platform.machine(), "python": platform.python_version(),
            "load": round(os.getloadavg()[0], 1)}
