"""What no program should send, at every door that takes a body; and the description of them all."""

from collections.abc import Callable, Iterator

import pytest
from apiflask import APIFlask

from tests.web.api.program import Program

DEEP = 100_000


def doors(app: APIFlask) -> Iterator[tuple[str, str]]:
    """Every JSON route that takes a body, with an address that matches it."""
    for path, methods in app.spec["paths"].items():
        for method, description in methods.items():
            if "requestBody" in description:
                yield method.upper(), path.replace("{", "").replace("}", "")


@pytest.mark.parametrize(("data", "status"), [
    (b"{", 400), (b"\xff\xfe", 400), (b"[" * DEEP + b"]" * DEEP, 400),
    (b'{"a":' * DEEP + b"1" + b"}" * DEEP, 400),
    (b'{"a": NaN}', 400), (b"1" * 5000, 400), (b"[]", 422), (b"null", 422), (b'"text"', 422), (b"7", 422),
    (b'{"unknown": 1}', 422), (b'{"\\u0000": 1}', 422), (b" " * 1_100_000, 413),
])
def test_no_door_breaks_on_a_strange_body(
    app: APIFlask, program_of: Callable[..., Program], admin_id: str, data: bytes, status: int
):
    program = program_of(admin_id, "admin")
    for method, path in doors(app):
        answer = program.client.open(path, method=method, data=data, headers=program.headers)
        assert answer.status_code == status or answer.status_code == 404 and status == 422, (method, path)
        assert answer.json["error"].keys() >= {"code", "message", "field"}


def test_a_value_nested_forty_levels_deep_is_refused_with_its_place(program: Program):
    value = {}
    for _ in range(41):
        value = {"a": value}
    path = f"/api/workflows/{program.make()['id']}/execute"
    assert program.error("POST", path, {"input": value})[:2] == (422, "input")


def test_a_body_counts_as_json_without_the_header_too(program: Program):
    answer = program.client.post("/api/schedules/preview", data='{"schedule": {"interval": "5m"}}',
                                 headers=program.headers, content_type="text/plain")
    assert answer.status_code == 200


@pytest.mark.parametrize("identity", ["nowhere", "%00", "x" * 300, "..", "1%27%20OR%201=1", "%F0%9F%94%94"])
@pytest.mark.parametrize("path", ["workflows/{}", "executions/{}", "triggers/{}", "workflows/{}/versions"])
def test_an_id_that_is_not_there_is_not_found(program: Program, path: str, identity: str):
    answer = program.get(f"/api/{path.format(identity)}")
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "not_found")


def test_the_description_covers_every_route(app: APIFlask, program: Program):
    described = {
        (method.upper(), path) for path, methods in app.spec["paths"].items() for method in methods}
    routes = {
        (method, str(rule).replace("<int(max=1000000):", "<").replace("<", "{").replace(">", "}"))
        for rule in app.url_map.iter_rules() for method in rule.methods - {"HEAD", "OPTIONS"}
        if str(rule).startswith("/api/") and rule.endpoint != "openapi.spec"}
    assert routes <= described
    assert program.get("/api/openapi.json").status_code == 200


# Callers of a web address sign with a secret, if at all.
SIGNED = ("/api/webhooks/{trigger_id}",)


def test_every_described_route_says_what_it_answers_and_needs(app: APIFlask):
    for path, methods in app.spec["paths"].items():
        for method, description in methods.items():
            wants_token = path not in SIGNED
            assert description.get("security", []) == [{"token": []}] * wants_token, (method, path)
            assert description["summary"], (method, path)
            assert any(code.startswith("2") for code in description["responses"]), (method, path)


def test_every_reference_in_the_description_leads_somewhere(app: APIFlask):
    schemas = app.spec["components"]["schemas"]
    for reference in _references(app.spec):
        assert reference.removeprefix("#/components/schemas/") in schemas


def _references(part: object) -> Iterator[str]:
    parts = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, value in parts:
        if key == "$ref":
            yield str(value)
        yield from _references(value)


def test_the_description_shows_refusals_as_they_are(app: APIFlask, program: Program):
    refusal = app.spec["components"]["schemas"]["ValidationError"]["properties"]["error"]
    error = program.post("/api/workflows", {"name": 1}).json["error"]
    assert set(refusal["required"]) <= error.keys() <= refusal["properties"].keys()
