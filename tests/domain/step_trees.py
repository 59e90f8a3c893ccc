"""Steps that hold steps, made up by hypothesis."""

from hypothesis import strategies as st

import tests.domain.strategies  # noqa: F401 - how thoroughly to try
from engine.domain.steps.trees import MAX_DEPTH
from engine.steps import registry

HOLDERS = {"if": ("then", "otherwise"), "for_each": ("steps",)}
SETTINGS = {"if": {"left": "1", "is": "is", "right": "1"}, "for_each": {"list": "{{ inputs.rows }}"},
            "write_log": {"message": "hello"}}


def shapes(depth=0):
    """A step without keys: its type and what it holds."""
    plain = st.just(("write_log", {}))
    if depth == MAX_DEPTH:
        return plain
    inner = st.lists(st.deferred(lambda: shapes(depth + 1)), max_size=3)
    fails = st.builds(lambda block: ("write_log", {"if_fails": block}), inner)
    branch = st.builds(lambda a, b: ("if", {"then": a, "otherwise": b}), inner, inner)
    loop = st.builds(lambda block: ("for_each", {"steps": block}), inner)
    return st.one_of(plain, plain, branch, loop, fails)


def _keyed(shape, numbers):
    kind, blocks = shape
    step = {"key": f"s{next(numbers)}", "type": kind, "with": dict(SETTINGS[kind])}
    held = {name: [_keyed(inner, numbers) for inner in block] for name, block in blocks.items() if block}
    return step | held


trees = st.lists(shapes(), min_size=1, max_size=4).map(
    lambda found: [_keyed(shape, numbers) for numbers in [iter(range(1000))] for shape in found])


def blocks(step):
    """The blocks a step may hold, as its type says."""
    own = tuple(registry()[step["type"]].blocks)
    return (*own, "if_fails") if "if_fails" in step else own
