"""What the fault tests tried and what they found: a line of JSON for each, and a table of them all.

A test that tries a fault of the list says so in its docstring: "Fault 12: …" or "Faults 1 and 2: …".
`python -m tests.support.fault_report LINES PAGE` puts the table of LINES into PAGE, between its two marks.
"""

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

BEGIN: Final = "<!-- report: written by make faults -->"
END: Final = "<!-- end of report -->"
_OUTCOME = pytest.StashKey[dict[str, Any]]()


def faults_of(item: pytest.Item) -> list[int]:
    """Return the numbers of the faults this test tries."""
    docstring = getattr(getattr(item, "function", None), "__doc__", None) or ""
    named = re.match(r"Faults? ([\d, and]+):", docstring)
    return [int(number) for number in re.findall(r"\d+", named[1])] if named else []


def note(item: pytest.Item, report: pytest.TestReport, file: Path) -> None:
    """Remember the outcome of a phase; after the last one, write the line."""
    if not (faults := faults_of(item)):
        return
    line = item.stash.setdefault(_OUTCOME, {"outcome": "passed", "seconds": 0.0})
    line["seconds"] += report.duration
    if report.outcome != "passed" and line["outcome"] == "passed":
        line["outcome"] = report.outcome
    if report.when == "teardown":
        line |= {"faults": faults, "test": item.name, "database": item.config.getoption("--database"),
                 **dict(item.user_properties)}
        with open(file, "a") as lines:
            lines.write(json.dumps(line) + "\n")


def table(lines: list[dict[str, Any]]) -> Iterator[str]:
    """Draw one row per fault, with what all its tests on all databases add up to."""
    by_fault: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        for fault in line["faults"]:
            by_fault[fault].append(line)
    yield "| # | Tried by | On | Runs | Lost | Doubled | |"
    yield "|---|---|---|---|---|---|---|"
    for fault, tries in sorted(by_fault.items()):
        yield f"| {fault} | " + " | ".join(_row(tries)) + " |"
    counted = [line for line in lines if line["outcome"] != "skipped"]
    sums = [f"{sum(line.get(name, 0) for line in counted):,}" for name in ("runs", "lost", "doubled")]
    yield ""
    minutes = sum(line["seconds"] for line in lines) / 60
    yield f"Faults tried: {len(by_fault)}. Tests: {len(counted)}. Runs: {sums[0]}, lost {sums[1]}, " \
          f"doubled {sums[2]}. It took {minutes:.0f} minutes of testing; most power cuts in a row: " \
          f"{_most(lines, 'power_cuts')}, longest visit of the monkey: {_most(lines, 'monkey_minutes')} " \
          f"minutes, processes it killed: {_killed(lines)}."


def _row(tries: list[dict[str, Any]]) -> Iterator[str]:
    yield "; ".join(dict.fromkeys(_sentence(one["test"]) for one in tries))
    yield ", ".join(sorted({one["database"] for one in tries if one["outcome"] != "skipped"}))
    for name in ("runs", "lost", "doubled"):
        numbers = [one[name] for one in tries if name in one]
        yield f"{sum(numbers):,}" if numbers else "–"
    yield _verdict(tries)


def _most(lines: list[dict[str, Any]], name: str) -> str:
    return f"{max((line.get(name, 0) for line in lines), default=0):g}"


def _killed(lines: list[dict[str, Any]]) -> int:
    return sum(sum(line.get("killed", {}).values()) for line in lines)


def _sentence(name: str) -> str:
    return name.removeprefix("test_").partition("[")[0].replace("_", " ")


def _verdict(tries: list[dict[str, Any]]) -> str:
    outcomes = [one["outcome"] for one in tries]
    return "**does not hold**" if "failed" in outcomes else "holds" if "passed" in outcomes else "not tried"


def main(lines: str, page: str) -> None:
    found = [json.loads(line) for line in Path(lines).read_text().splitlines()]
    before, _, rest = Path(page).read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    Path(page).write_text("\n".join([before + BEGIN, "", *table(found), "", END + after]))


if __name__ == "__main__":
    main(*sys.argv[1:])
