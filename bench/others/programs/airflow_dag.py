"""What Airflow runs in the benches: three tasks that do next to nothing, one after another."""

from airflow.sdk import dag, task


@task
def pick(order: dict) -> dict:
    return {"id": order["id"], "total": order["total"]}


@task
def is_large(picked: dict) -> dict:
    return {"result": picked["total"] > 5, **picked}


@task
def note(picked: dict) -> str:
    return f"Order {picked['id']}"


@dag(schedule=None, catchup=False, max_active_runs=100)
def orders():
    note(is_large(pick({"id": 1, "total": 10})))


orders()
