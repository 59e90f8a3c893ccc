"""`demo` gives a newcomer something to look at."""

from tests.support.waiting import wait_until


def test_the_examples_run_by_themselves(app):
    assert app.command("demo").returncode == 1  # nobody is there yet
    client = app.client()

    shown = app.command("demo")

    assert (shown.returncode, shown.stderr) == (0, "")
    added = {workflow["name"]: workflow for workflow in client.get("/api/workflows").json()["workflows"]}
    ends = {"Check a web page": "completed", "Tell me when the page is down": "completed",
            "Ask for a page that is not there": "failed"}
    assert {name: workflow["state"] for name, workflow in added.items()} == dict.fromkeys(ends, "on")
    for name, end in ends.items():
        path = f"/api/workflows/{added[name]['id']}/execute"
        run = client.post(path, json={}).json()["executionId"]
        wait_until(lambda run=run, end=end: client.get(f"/api/executions/{run}").json()["status"] == end)
