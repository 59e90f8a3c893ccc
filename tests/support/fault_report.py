"""What the fault tests tried and what they found: a line of JSON for each, and a table of them all.

A test that tries a fault of the list says so in its docstring: "Fault 12: …" or "Faults 1 and 2: …".
`python -m tests.support.fault_report LINES PAGE` puts the table of LINES into PAGE, between its two marks.
"""

import json
import re
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

BEGIN: Final = "<!-- report: written by make faults -->"
END: Final = "<!-- end of report -->"
DATABASES: Final = {"sqlite": "SQLite", "postgres": "Postgres"}
VICTIMS: Final = ("web", "leader", "worker", "Redis", "Postgres")
Lines = list[dict[str, Any]]
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
                 "ended": time.time(), **dict(item.user_properties)}
        with open(file, "a") as lines:
            lines.write(json.dumps(line) + "\n")


def report(lines: Lines, commit: str) -> Iterator[str]:
    """Write what was tried on each database, and below it the table."""
    began, ended = min(one["ended"] - one["seconds"] for one in lines), max(one["ended"] for one in lines)
    yield f"Tried on {datetime.fromtimestamp(ended, UTC):%-d %B %Y}, commit `{commit}`, in " \
          f"{(ended - began) / 60:.0f} minutes."
    yield ""
    yield "| | " + " | ".join(DATABASES.values()) + " |"
    yield "|---" * (1 + len(DATABASES)) + "|"
    tried = [[one for one in lines if one["database"] == name and one["outcome"] != "skipped"]
             for name in DATABASES]
    for title, measure in _MEASURES.items():
        yield f"| {title} | " + " | ".join(map(measure, tried)) + " |"
    yield ""
    yield from table(lines)


def table(lines: Lines) -> Iterator[str]:
    """Draw one row per fault, with what all its tests on all databases add up to."""
    by_fault: dict[int, Lines] = defaultdict(list)
    for line in lines:
        for fault in line["faults"]:
            by_fault[fault].append(line)
    yield "| # | Tried by | On | Runs | Lost | Doubled | |"
    yield "|---|---|---|---|---|---|---|"
    for fault, tries in sorted(by_fault.items()):
        yield f"| {fault} | " + " | ".join(_row(tries)) + " |"


def _row(tries: Lines) -> Iterator[str]:
    yield "; ".join(dict.fromkeys(_sentence(one["test"]) for one in tries))
    yield ", ".join(sorted({one["database"] for one in tries if one["outcome"] != "skipped"}))
    for name in ("runs", "lost", "doubled"):
        yield _sum(tries, name) if any(name in one for one in tries) else "–"
    yield _verdict(tries)


def _sum(lines: Lines, name: str) -> str:
    return f"{sum(line.get(name, 0) for line in lines):,}"


def _most(lines: Lines, name: str) -> str:
    return f"{max((line.get(name, 0) for line in lines), default=0):,}"


def _killed(lines: Lines) -> str:
    killed = sum((Counter(line.get("killed", {})) for line in lines), Counter[str]())
    return ", ".join(f"{killed[name]} × {name}" for name in VICTIMS if killed[name])


def _failures(lines: Lines) -> str:
    failed = [_sentence(line["test"]) for line in lines if line["outcome"] == "failed"]
    return f"**{len(failed)}**: {'; '.join(failed)}" if failed else "0"


_MEASURES: Final[dict[str, Callable[[Lines], str]]] = {
    "Faults tried": lambda lines: str(len({fault for line in lines for fault in line["faults"]})),
    "Tests": lambda lines: str(len(lines)),
    "Tests that failed": _failures,
    "Runs": lambda lines: _sum(lines, "runs"),
    "Lost": lambda lines: _sum(lines, "lost"),
    "Doubled": lambda lines: _sum(lines, "doubled"),
    "Power cuts in a row, with Redis' log": lambda lines: _most(_named(lines, "keeps its log"), "power_cuts"),
    "Power cuts in a row, without it": lambda lines: _most(_named(lines, "loses its log"), "power_cuts"),
    "Minutes with the monkey": lambda lines: _most(lines, "monkey_minutes"),
    "Runs asked for meanwhile": lambda lines: _most(lines, "monkey_runs"),
    "Killed by it": _killed,
}


def _named(lines: Lines, part: str) -> Lines:
    return [line for line in lines if part in line["test"]]


def _sentence(name: str) -> str:
    return name.removeprefix("test_").partition("[")[0].replace("_", " ")


def _verdict(tries: list[dict[str, Any]]) -> str:
    outcomes = [one["outcome"] for one in tries]
    return "**does not hold**" if "failed" in outcomes else "holds" if "passed" in outcomes else "not tried"


def _commit() -> str:
    """Name what was tried, and say so when it was changed since."""
    asked = subprocess.run(["git", "describe", "--always", "--dirty=, changed", "--exclude=*"],
                           capture_output=True, text=True, check=False)
    return asked.stdout.strip() or "unknown"


def main(lines: str, page: str) -> None:
    found = [json.loads(line) for line in Path(lines).read_text().splitlines()]
    before, _, rest = Path(page).read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    Path(page).write_text("\n".join([before + BEGIN, "", *report(found, _commit()), "", END + after]))


if __name__ == "__main__":
    main(*sys.argv[1:])
