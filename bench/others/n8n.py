"""P4: runs per second against n8n, whose workflow is a webhook and three nodes that do nothing.

n8n runs as it comes, in one process on its SQLite, keeping every run; its webhook answers at once, and is
called over several connections. The clock runs from the first call to the last run it has stopped.
It needs Node 20.19 or newer, and is a gigabyte to install.
"""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import create_engine, text

from bench import installing, places, promises
from bench.others import background, side_by_side
from tests.support.programs import free_port
from tests.support.waiting import wait_until

RUNS, CONNECTIONS = 300, 10
_MANIFEST = Path(__file__).resolve().parent / "n8n"
_NODES = ("Webhook", "One", "Two", "Three")
_LAST = text("SELECT count(*), (max(julianday(stoppedAt)) - 2440587.5) * 86400"
             " FROM execution_entity WHERE status = 'success'")


def start(stack: ExitStack) -> side_by_side.Rate:
    """Install n8n, give it the workflow and start it."""
    # What else it compiles is for expressions, which its older engine reads without.
    program = installing.npm("n8n", _MANIFEST, compiled=["sqlite3"]) / ".bin" / "n8n"
    home, port = stack.enter_context(places.folder()), free_port()
    environ = {
        **os.environ, "N8N_USER_FOLDER": str(home), "N8N_PORT": str(port), "N8N_LISTEN_ADDRESS": "127.0.0.1",
        "N8N_EXPRESSION_ENGINE": "legacy", "N8N_DIAGNOSTICS_ENABLED": "false", "N8N_LOG_LEVEL": "error",
        "N8N_VERSION_NOTIFICATIONS_ENABLED": "false", "N8N_TEMPLATES_ENABLED": "false",
        "N8N_RUNNERS_ENABLED": "false", "N8N_RUNNERS_BROKER_PORT": str(free_port()),
        "EXECUTIONS_DATA_SAVE_ON_SUCCESS": "all",
    }
    file = home / "workflow.json"
    file.write_text(json.dumps([workflow()]))
    for words in (("import:workflow", f"--input={file}"), ("update:workflow", "--id=bench", "--active=true")):
        subprocess.run([program, *words], env=environ, check=True, capture_output=True)
    background.start(stack, [program, "start"], environ)
    url = f"http://127.0.0.1:{port}"
    client = stack.enter_context(httpx2.Client(base_url=url, trust_env=False, timeout=60))
    wait_until(lambda: _answers(client), seconds=120)
    database = create_engine(f"sqlite:///{home}/.n8n/database.sqlite")
    stack.callback(database.dispose)
    return lambda runs: rate(client, database, runs)


def rate(client: httpx2.Client, database: Any, runs: int) -> float:
    before, _ = _seen(database)
    began = time.time()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(lambda number: _call(client, number), range(runs)))
    wait_until(lambda: _seen(database)[0] >= before + runs, seconds=300)
    return runs / (_seen(database)[1] - began)


def workflow() -> dict[str, Any]:
    kinds = {"Webhook": ("n8n-nodes-base.webhook", 2, {
        "path": "bench", "httpMethod": "POST", "responseMode": "onReceived",
    })}
    nodes = []
    for number, name in enumerate(_NODES):
        kind, version, parameters = kinds.get(name, ("n8n-nodes-base.noOp", 1, {}))
        nodes.append({"id": name, "name": name, "type": kind, "typeVersion": version, "webhookId": name,
                      "position": [number * 200, 0], "parameters": parameters})
    connections = {name: {"main": [[{"node": following, "type": "main", "index": 0}]]}
                   for name, following in zip(_NODES, _NODES[1:], strict=False)}
    return {"id": "bench", "name": "Bench", "active": False, "nodes": nodes, "connections": connections,
            "settings": {}}


def _call(client: httpx2.Client, number: int) -> None:
    client.post("/webhook/bench", json={"order": {"id": number, "total": 10}}).raise_for_status()


def _answers(client: httpx2.Client) -> bool:
    """Whether the webhook is there, which comes some time after the server."""
    try:
        return client.post("/webhook/bench", json={}).is_success
    except httpx2.HTTPError:
        return False


def _seen(database: Any) -> tuple[int, float]:
    with database.connect() as connection:
        count, last = connection.execute(_LAST).one()
    return count, last or 0.0


if __name__ == "__main__":
    side_by_side.compare(promises.N8N, start, runs=RUNS, words=sys.argv[1:])
