"""Measures what is promised about speed, part by part, and draws one table of it.

A part that fails, or whose peer can't be had here, does not keep the others from being measured.
"""

import argparse
import subprocess
import sys

from bench import places, results

RUNS, SCHEDULES, PAGES, OTHERS = "bench.runs.", "bench.schedules.", "bench.pages.", "bench.others."
POSTGRES, NORMAL = ("--database", "postgres"), ("--synchronous", "NORMAL")
Command = tuple[str, ...]


def parts(database: str) -> dict[str, list[Command]]:
    """What there is to measure, and the commands that do; P1 and P2 know their databases themselves."""
    on = ("--database", database)
    return {
        "postgres": [(RUNS + "throughput", *POSTGRES), (RUNS + "throughput", *POSTGRES, "--no-fsync")],
        "sqlite": [(RUNS + "throughput", *NORMAL), (RUNS + "throughput",)],
        "huey": [(RUNS + "huey_share", *on)],
        "n8n": [(OTHERS + "n8n", *on)],
        "airflow": [(OTHERS + "airflow", *on)],
        "prefect": [(OTHERS + "prefect", *on)],
        "latency": [(RUNS + "latency", *on)],
        "burst": [(RUNS + "burst", *on)],
        "idle": [(SCHEDULES + "idle", *on)],
        "due": [(SCHEDULES + "due", *on)],
        "calendar": [(SCHEDULES + "pages", *on)],
        "history": [(PAGES + "history", *on)],
        "fragments": [(PAGES + "fragments", *on)],
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"some of: {', '.join(parts('sqlite'))} (default: all)")
    parser.add_argument("--database", choices=places.KINDS, default="sqlite")
    given = parser.parse_args()
    known, before = parts(given.database), len(results.kept())
    if unknown := set(given.parts) - known.keys():
        parser.error(f"there is no part called {', '.join(sorted(unknown))}")
    failed = [" ".join(command) for part in given.parts or known for command in known[part]
              if subprocess.run([sys.executable, "-m", *command], check=False).returncode]
    print(f"\n{results.table(results.kept()[before:])}")
    for command in failed:
        print(f"Not measured: {command}")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
