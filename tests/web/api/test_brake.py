"""The emergency brake over the JSON interface."""

from collections.abc import Callable

import pytest

from tests.support.stories import Clock
from tests.web.api.program import Program


@pytest.fixture
def chief(program_of: Callable[..., Program], admin_id: str) -> Program:
    return program_of(admin_id, "admin")


def test_it_is_pulled_shown_and_released(chief: Program, program: Program, now: Clock):
    assert program.get("/api/brake").json["isOn"] is False
    pulled = chief.send("PUT", "/api/brake", {"reason": "stock-take", "until": "2026-03-02T12:00:00Z"}).json
    assert pulled == {"isOn": True, "reason": "stock-take", "by": "Ann", "since": "2026-03-02T09:00:00Z",
                      "until": "2026-03-02T12:00:00Z", "held": []}
    assert program.get("/api/brake").json == pulled
    assert chief.send("DELETE", "/api/brake").status_code == 204
    assert program.get("/api/brake").json["isOn"] is False
    assert chief.error("DELETE", "/api/brake")[0] == 409


def test_after_its_end_it_is_off(chief: Program, now: Clock):
    chief.send("PUT", "/api/brake", {"reason": "stock-take", "until": "2026-03-02T12:00:00Z"})
    now.pass_time(hours=3)
    assert chief.get("/api/brake").json["isOn"] is False


def test_it_needs_a_reason_a_future_and_an_administrator(chief: Program, program: Program):
    assert chief.error("PUT", "/api/brake", {})[:2] == (422, "reason")
    assert chief.error("PUT", "/api/brake", {"reason": " "})[:2] == (422, "reason")
    past = {"reason": "x", "until": "2020-01-01T00:00:00Z"}
    assert chief.error("PUT", "/api/brake", past)[:2] == (422, "until")
    assert program.error("PUT", "/api/brake", {"reason": "x"})[0] == 403
    assert program.error("DELETE", "/api/brake")[0] == 403
