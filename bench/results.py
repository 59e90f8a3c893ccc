"""What was measured: shown, and kept as one JSON line per measurement in `bench/results/`."""

import json
import os
import platform
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from bench.promises import Promise
from engine import clock

FILE = Path(__file__).resolve().parent / "results" / "results.jsonl"


def keep(promise: Promise, measured: float, where: str, **details: Any) -> None:
    """Show a figure beside the promise it belongs to, and append it to the results."""
    line = {"promise": promise.key, "what": promise.what, "where": where,
            "must": promise.in_words(promise.must), "stretch": promise.in_words(promise.stretch),
            "measured": round(measured, 4), "verdict": _verdict(promise, measured),
            "at": clock.now().isoformat(), "machine": _machine(), **details}
    FILE.parent.mkdir(exist_ok=True)
    with FILE.open("a") as file:
        file.write(json.dumps(line) + "\n")
    print(f"{promise.key} {promise.what} ({where}): {figure(measured)}"
          f" (goal: {line['must']}) – {line['verdict']}", flush=True)


def kept() -> list[dict[str, Any]]:
    return [json.loads(line) for line in FILE.read_text().splitlines()] if FILE.exists() else []


def table(lines: Iterable[dict[str, Any]]) -> str:
    """Draw the lines below each other, as wide as they need to be."""
    rows = [("", "What", "Where", "Must", "Stretch", "Measured", "")]
    rows += [(line["promise"], line["what"], line["where"], line["must"], line["stretch"],
              figure(line["measured"]), line["verdict"]) for line in lines]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    drawn = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
             for row in rows]
    return "\n".join([drawn[0], "─" * max(map(len, drawn)), *drawn[1:]])


def figure(measured: float) -> str:
    return f"{measured:,.0f}" if measured >= 100 else f"{measured:.2f}"


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    return median(ours) / median(theirs)


def rounded(values: Sequence[float]) -> list[float]:
    return [round(value, 4) for value in values]


def spread(values: Sequence[float]) -> dict[str, float]:
    """What is worth keeping of many values."""
    return {"median": round(median(values), 2), "p95": round(quantiles(values, n=20)[18], 2)}


def _verdict(promise: Promise, measured: float) -> str:
    if promise.is_stretched(measured):
        return "stretch met"
    return "met" if promise.is_met(measured) else "NOT MET"


def _machine() -> dict[str, Any]:
    """Others use the machine too: the load says how much."""
    return {"cores": os.cpu_count(), "processor": platform.machine(), "python": platform.python_version(),
            "load": round(os.getloadavg()[0], 1)}
