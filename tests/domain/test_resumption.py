"""Which steps a run failed with, of all that failed on the way."""

from typing import Any

import pytest

from engine.domain.runs.resumption import culprits, leaning_on


def step(key: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "type": "write_log", **more}


BRANCH = step("when", then=[step("a"), step("b")])
LOOP = step("each", steps=[BRANCH])
FORGIVEN = step("may", on_failure="continue", if_fails=[step("sorry")], then=[step("inner")])
STOPS = step("must", if_fails=[step("tell", steps=[step("deep")])])


@pytest.mark.parametrize(("steps", "failed", "found"), [
    ([step("one"), step("two")], {("two", "")}, [("two", "")]),
    ([BRANCH], {("when", ""), ("b", "")}, [("b", "")]),
    ([BRANCH], {("when", "")}, [("when", "")]),
    ([LOOP], {("each", ""), ("when", "1"), ("b", "1")}, [("b", "1")]),
    ([LOOP], {("each", ""), ("when", "0"), ("a", "0"), ("when", "2"), ("b", "2")}, [("a", "0"), ("b", "2")]),
    ([LOOP], {("each", "")}, [("each", "")]),
])
def test_the_innermost_step_is_the_one_a_run_failed_with(steps: Any, failed: Any, found: Any):
    assert culprits(steps, failed) == found


@pytest.mark.parametrize(("steps", "failed", "found"), [
    ([FORGIVEN, step("two")], {("may", ""), ("two", "")}, [("two", "")]),
    ([FORGIVEN, step("two")], {("may", ""), ("inner", ""), ("two", "")}, [("two", "")]),
    ([FORGIVEN], {("may", ""), ("sorry", "")}, [("sorry", "")]),
    ([STOPS], {("must", ""), ("tell", ""), ("deep", "0")}, [("must", "")]),
    ([LOOP, step("two")], {("b", "1"), ("when", "1"), ("two", "")}, [("two", "")]),
])
def test_a_failure_a_run_went_on_after_is_not_what_it_failed_with(steps: Any, failed: Any, found: Any):
    assert culprits(steps, failed) == found


@pytest.mark.parametrize(("settings", "leans"), [
    ({"message": "{{ steps.get.rows | default('none') }}"}, True), ({"rows": ["{{ steps.get }}"]}, True),
    ({"message": "{{ steps.other.get }}"}, False), ({"code": "{{ steps.get.rows }}"}, False), (None, False),
])
def test_a_step_leans_on_another_when_its_settings_name_a_value_of_it(settings: Any, leans: bool):
    assert leaning_on(step("later", **{"with": settings}), {"get"}, {"code"}) is leans
