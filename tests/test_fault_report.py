"""The page on what was tried: it says what was lost, not only that something was tried."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support import fault_report

PAGE = f"Before\n\n{fault_report.BEGIN}\nyesterday\n{fault_report.END}\n\nAfter\n"


@pytest.fixture
def page(tmp_path: Path):
    """Give the page that is made of these lines."""

    def make(*lines: dict[str, Any]) -> str:
        (tmp_path / "lines").write_text("".join(json.dumps({**LINE, **line}) + "\n" for line in lines))
        (tmp_path / "page").write_text(PAGE)
        fault_report.main(str(tmp_path / "lines"), str(tmp_path / "page"))
        return (tmp_path / "page").read_text()

    return make


LINE = {"faults": [41], "test": "test_a_power_cut_loses_nothing", "database": "sqlite", "outcome": "passed",
        "seconds": 60.0, "ended": 1_800_000_000.0, "runs": 20, "lost": 0, "doubled": 0}


def test_it_replaces_what_stands_between_its_marks(page):
    made = page({})

    assert "yesterday" not in made
    assert made.startswith("Before\n") and made.endswith("After\n")
    assert "Tried on 15 January 2027, commit `" in made
    assert "| 41 | a power cut loses nothing | sqlite | 20 | 0 | 0 | holds |" in made


def test_it_adds_up_each_database_by_itself(page):
    cuts = {"test": "test_many_power_cuts_lose_nothing[Redis keeps its log]", "power_cuts": 50, "runs": 1_200}
    monkey = {"database": "postgres", "monkey_minutes": 30.1, "monkey_runs": 5_000,
              "killed": {"Redis": 4, "web": 5, "Postgres": 3}}
    made = page(cuts, {}, monkey, {"database": "postgres", "outcome": "skipped"})

    for row in ("| | SQLite | Postgres |", "| Tests | 2 | 1 |", "| Runs | 1,220 | 20 |", "| Lost | 0 | 0 |",
                "| Power cuts in a row, with Redis' log | 50 | 0 |", "| Minutes with the monkey | 0 | 30.1 |",
                "| Runs asked for meanwhile | 0 | 5,000 |",
                "| Killed by it |  | 5 × web, 4 × Redis, 3 × Postgres |"):
        assert row in made


def test_what_does_not_hold_stands_out(page):
    made = page({"outcome": "failed", "lost": 2, "doubled": 1}, {})

    assert "| 41 | a power cut loses nothing | sqlite | 40 | 2 | 1 | **does not hold** |" in made
    assert "| Tests that failed | **1**: a power cut loses nothing | 0 |" in made
    assert "| Lost | 2 | 0 |" in made
    assert "| Doubled | 1 | 0 |" in made
