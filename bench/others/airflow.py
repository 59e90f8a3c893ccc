"""P5: runs per second against Airflow 3, whose DAG has three tasks that do next to nothing.

Airflow runs as it comes with `airflow standalone`: its local executor, as many tasks at once as suit two
cores, on its SQLite. The clock runs from the first run asked for to the end of the last one.
"""

import os
import shutil
import sys
import time
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2

from bench import installing, places, promises
from bench.others import background, side_by_side
from tests.support.programs import free_port
from tests.support.waiting import wait_until

RUNS, AT_ONCE = 6, 4
_DAG = Path(__file__).resolve().parent / "programs" / "airflow_dag.py"


def start(stack: ExitStack) -> side_by_side.Rate:
    """Install Airflow, give it the DAG and start all it needs."""
    programs = installing.pip("airflow", "apache-airflow>=3,<4")
    home, port = stack.enter_context(places.folder()), free_port()
    (home / "dags").mkdir()
    shutil.copy(_DAG, home / "dags")
    background.start(stack, [programs / "airflow", "standalone"], _environ(home, port, programs))
    url = f"http://127.0.0.1:{port}"
    client = stack.enter_context(httpx2.Client(base_url=url, trust_env=False, timeout=60))
    wait_until(lambda: _signed_in(client), seconds=240)
    wait_until(lambda: client.get("/api/v2/dags/orders").is_success, seconds=240)
    client.patch("/api/v2/dags/orders", json={"is_paused": False}).raise_for_status()
    return lambda runs: rate(client, runs)


def rate(client: httpx2.Client, runs: int) -> float:
    before, began = _succeeded(client)["total_entries"], time.time()
    for _ in range(runs):
        client.post("/api/v2/dags/orders/dagRuns", json={"logical_date": None}).raise_for_status()
    wait_until(lambda: _succeeded(client)["total_entries"] >= before + runs, seconds=400)
    last = _succeeded(client)["dag_runs"][0]["end_date"]
    return runs / (datetime.fromisoformat(last).timestamp() - began)


def _environ(home: Path, port: int, programs: Path) -> dict[str, str]:
    settings = {
        "CORE__DAGS_FOLDER": home / "dags", "CORE__LOAD_EXAMPLES": False, "CORE__PARALLELISM": AT_ONCE,
        "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": True, "API__PORT": port, "API__HOST": "127.0.0.1",
        "API__BASE_URL": f"http://127.0.0.1:{port}", "LOGGING__LOGGING_LEVEL": "ERROR",
        "CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "SCHEDULER__ENABLE_HEALTH_CHECK": False, "USAGE_DATA_COLLECTION__ENABLED": False,
    }
    return {**os.environ, "AIRFLOW_HOME": str(home), "PATH": f"{programs}:{os.environ['PATH']}",
            **{f"AIRFLOW__{name}": str(value) for name, value in settings.items()}}


def _signed_in(client: httpx2.Client) -> bool:
    """Whether the server is up and has given us a token."""
    try:
        answer = client.post("/auth/token", json={})
    except httpx2.HTTPError:
        return False
    if not answer.is_success:
        answer = client.get("/auth/token")
    if not answer.is_success:
        return False
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return True


def _succeeded(client: httpx2.Client) -> Any:
    asked = {"state": "success", "order_by": "-end_date", "limit": 1}
    return client.get("/api/v2/dags/orders/dagRuns", params=asked).raise_for_status().json()


if __name__ == "__main__":
    side_by_side.compare(promises.AIRFLOW, start, runs=RUNS, words=sys.argv[1:])
