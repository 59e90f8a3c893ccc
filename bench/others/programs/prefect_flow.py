"""What Prefect runs in the benches: a flow of three tasks that do next to nothing."""

import sys

from prefect import flow, task


@task
def pick(order: dict) -> dict:
    return {"id": order["id"], "total": order["total"]}


@task
def is_large(picked: dict) -> dict:
    return {"result": picked["total"] > 5, **picked}


@task
def note(picked: dict) -> str:
    return f"Order {picked['id']}"


@flow(log_prints=False)
def orders(number: int = 0) -> str:
    return note(is_large(pick({"id": number, "total": 10})))


if __name__ == "__main__":
    orders.serve(name="bench", limit=int(sys.argv[1]), print_starting_message=False)
