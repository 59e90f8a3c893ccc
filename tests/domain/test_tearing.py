"""A move or a removal tears what others took from a step, and nothing that was torn before."""

from typing import Any

import pytest

from engine.domain.steps.tearing import torn
from engine.steps import registry


def note(key: str, message: str = "hello", **more: Any) -> dict[str, Any]:
    return {"key": key, "type": "write_log", "with": {"message": message}, **more}


A, C = note("a"), note("c", "{{ steps.a.message }}")
B = note("b", "{{ steps.a.message }} and {{ steps.gone.x }}")
CALL = {"key": "call", "type": "http_request",
        "with": {"url": "https://example.org", "headers": {"X-From": "{{ steps.a.message }}"}}}
LOOP = {"key": "each", "type": "for_each", "with": {"list": "x, y"}, "steps": [note("say", "{{ item }}")]}


@pytest.mark.parametrize(("before", "after", "expected"), [
    ([A, C], [C, A], [("c", "with.message")]),
    ([A, C], [C], [("c", "with.message")]),
    ([A, CALL, C], [CALL, C], [("call", "with.headers.X-From"), ("c", "with.message")]),
    ([C, A], [A, C], []),
    ([A, note("d"), C], [note("d"), A, C], []),
    ([LOOP], [{**LOOP, "steps": []}, note("say", "{{ item }}")], [("say", "with.message")]),
])
def test_what_is_out_of_reach_afterwards_is_named(before: Any, after: Any, expected: Any) -> None:
    assert [(one.step["key"], one.setting) for one in torn(before, after, registry())] == expected


def test_what_was_torn_before_is_not_named_again() -> None:
    assert torn([B, A], [A, B], registry()) == []
    assert [one.step["key"] for one in torn([A, B], [B, A], registry())] == ["b"]
