"""P5: runs per second against Prefect 3, whose flow has three tasks that do next to nothing.

Prefect runs as it comes: its server on its SQLite, and a process that serves the flow, as many runs at
once as suit two cores. The clock runs from the first run asked for to the end of the last one.
"""

import os
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
_FLOW = Path(__file__).resolve().parent / "programs" / "prefect_flow.py"
_DEPLOYMENT = "/deployments/name/orders/bench"
_COMPLETED = {"flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}}}


def start(stack: ExitStack) -> side_by_side.Rate:
    """Install Prefect, start its server and serve the flow."""
    programs = installing.pip("prefect", "prefect>=3,<4")
    home, port = stack.enter_context(places.folder()), free_port()
    url = f"http://127.0.0.1:{port}/api"
    environ = {**os.environ, "PREFECT_HOME": str(home), "PREFECT_API_URL": url, "DO_NOT_TRACK": "1",
               "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "PREFECT_LOGGING_LEVEL": "ERROR"}
    client = stack.enter_context(httpx2.Client(base_url=url, trust_env=False, timeout=60))
    server = [programs / "prefect", "server", "start", "--host", "127.0.0.1", "--port", port, "--no-ui"]
    flow = [programs / "python", _FLOW, AT_ONCE]
    for words, is_up in ((server, "/health"), (flow, _DEPLOYMENT)):
        background.start(stack, words, environ)
        wait_until(lambda path=is_up: _answers(client, path), seconds=120)
    deployment_id = client.get(_DEPLOYMENT).json()["id"]
    return lambda runs: rate(client, deployment_id, runs)


def rate(client: httpx2.Client, deployment_id: str, runs: int) -> float:
    before, began = _completed(client), time.time()
    for number in range(runs):
        asked = {"parameters": {"number": number}, "state": {"type": "SCHEDULED"}}
        client.post(f"/deployments/{deployment_id}/create_flow_run", json=asked).raise_for_status()
    wait_until(lambda: _completed(client) >= before + runs, seconds=300)
    last = client.post("/flow_runs/filter", json={**_COMPLETED, "sort": "END_TIME_DESC", "limit": 1}).json()
    return runs / (datetime.fromisoformat(last[0]["end_time"]).timestamp() - began)


def _completed(client: httpx2.Client) -> int:
    answer: Any = client.post("/flow_runs/count", json=_COMPLETED).json()
    return int(answer)


def _answers(client: httpx2.Client, path: str) -> bool:
    try:
        return client.get(path).is_success
    except httpx2.HTTPError:
        return False


if __name__ == "__main__":
    side_by_side.compare(promises.PREFECT, start, runs=RUNS, words=sys.argv[1:])
