import pytest

from engine.domain.data.references import check, is_reference, references, resolve
from engine.domain.errors import StepFailed

SCOPE = {
    "steps": {
        "sales": {
            "rows": [{"name": "Ann", "total": 1284.5}, {"name": "Bob", "total": 90}],
            "none": None, "empty": [], "Total sum": 7, "2024": "old",
        },
    },
    "inputs": {"region": "north"},
    "run": {"timezone": "Europe/Berlin", "started_at": "2026-11-20T23:30:00Z"},
}


@pytest.mark.parametrize(("text", "value"), [
    ("{{ steps.sales.rows.count }}", 2),
    ("{{steps.sales.rows.0.name}}", "Ann"),
    ("{{ steps.sales.rows.first.total }}", 1284.5),
    ("{{ steps.sales.rows.last }}", {"name": "Bob", "total": 90}),
    ("{{ steps.sales.rows.total }}", [1284.5, 90]),
    ('{{ steps.sales["Total sum"] }}', 7),
    ("{{ steps.sales.2024 }}", "old"),
    ("{{ steps.sales.none }}", None),
    ("{{ steps.sales.rows.total | sum }}", 1374.5),
    ("{{ steps.sales.rows.name | join('; ') }}", "Ann; Bob"),
    ("{{ steps.sales.rows | count }}", 2),
    ("{{ steps.sales.rows.0.total | round }}", 1285),
    ("{{ inputs.region | upper }}", "NORTH"),
    ("{{ inputs.nothing | default('east') }}", "east"),
    ("{{ steps.sales.empty.first | default(0) }}", 0),
    ("{{ run.started_at | date('full') }}", "21 Nov 2026, 00:30"),
])
def test_a_text_that_is_one_reference_keeps_the_kind_of_its_value(text, value):
    assert resolve(text, SCOPE) == value


@pytest.mark.parametrize(("text", "filled"), [
    ("Sales: {{ steps.sales.rows.count }}!", "Sales: 2!"),
    ("{{ steps.sales.rows.name }} in {{ inputs.region }}", "Ann, Bob in north"),
    ("[{{ steps.sales.none }}]", "[]"),
    ("a }} b", "a }} b"),
    ("no values", "no values"),
])
def test_references_inside_a_text_become_text(text, filled):
    assert resolve(text, SCOPE) == filled


def test_references_are_filled_at_any_depth_and_other_values_are_kept():
    value = {"a": ["{{ inputs.region }}", 5, None], "b": {"c": True}}
    assert resolve(value, SCOPE) == {"a": ["north", 5, None], "b": {"c": True}}


def test_a_filled_value_is_never_read_as_a_reference_again():
    scope = {"inputs": {"x": "{{ steps.secret.token }}"}}
    assert resolve("{{ inputs.x }} {{ inputs.x }}", scope).count("{{ steps") == 2


@pytest.mark.parametrize("text", [
    "{{ steps.sales.Rows }}", "{{ steps.gone.x }}", "{{ inputs.Region }}", "{{ run.x }}",
    "{{ steps.sales.rows.9 }}", "{{ steps.sales.empty.first }}", "{{ steps.sales.rows.nope }}",
    "{{ inputs.region.upper }}", "{{ inputs.__class__ }}", "{{ steps.sales.none.x }}",
])
def test_a_value_that_is_not_there_fails_the_step_as_missing(text):
    with pytest.raises(StepFailed) as caught:
        resolve(text, SCOPE)
    assert (caught.value.error_class, caught.value.error_code) == ("data", "data.missing")


def test_a_missing_value_names_the_nearest_one():
    with pytest.raises(StepFailed, match=r"“Rows” was empty in step “sales”\. Did you mean “rows”"):
        resolve("{{ steps.sales.Rows }}", SCOPE)


def test_a_filter_on_the_wrong_kind_of_value_says_what_it_got():
    with pytest.raises(StepFailed, match="“north” is not a number"):
        resolve("{{ inputs.region | round }}", SCOPE)


@pytest.mark.parametrize("number", ["1e999999999", "9" * 5000, "1_000", "nan", "inf", ""])
def test_a_number_that_would_explode_is_no_number(number):
    with pytest.raises(StepFailed) as caught:
        resolve("{{ inputs.n | number }}", {"inputs": {"n": number}})
    assert caught.value.error_code == "data.type"


def test_a_text_grown_too_large_by_its_values_is_refused():
    scope = {"inputs": {"x": "y" * 300_000}}
    with pytest.raises(StepFailed) as caught:
        resolve("{{ inputs.x }} " * 10, scope)
    assert caught.value.error_code == "limit.size"


@pytest.mark.parametrize("text", [
    "{{", "{{ }}", "{{ a", "{{ steps.a | }}", "{{ 1 + 1 }}", "{{ a.b() }}", "{{ 'x'*9 }}",
    "{{ steps.a | round(}}", "{{ steps.a[ }}", "{{ steps..a }}", "{{ steps.a | default(x) }}",
    "{{ ''.__class__ }}", "{{ steps.a if 1 }}",
])
def test_what_is_not_a_look_up_is_refused(text):
    (problem,) = check({"subject": text}, ["a"])
    assert (problem.field, problem.code) == ("subject", "reference")


@pytest.mark.parametrize(("text", "said"), [
    ("{{ steps.salse.x }}", "Did you mean “sales”?"),
    ("{{ steps.mail.x }}", "has not run yet"),
    ("{{ step.sales.x }}", "Did you mean “steps”?"),
    ("{{ steps }}", "needs a name"),
    ("{{ steps.sales.x | attr('y') }}", "There is no filter “attr”"),
    ("{{ steps.sales.x | join(1, 2) }}", "is written like"),
    ("{{ steps.sales.x | round(99) }}", "0 to 10"),
    ("{{ inputs.regoin }}", "Did you mean “region”?"),
])
def test_a_check_says_what_to_do(text, said):
    (problem,) = check(text, ["sales"], ["region"], ["mail"])
    assert said in problem.message


def test_a_check_finds_every_problem_with_its_place():
    problems = check({"a": ["{{ steps.x.y }}"], "b": {"c": "{{ nope"}}, [])
    assert [problem.field for problem in problems] == ["a.0", "b.c"]


def test_references_are_listed_with_the_step_they_look_into():
    found = references({"a": "{{ steps.x.y }} {{ inputs.z }}"})
    assert [reference.step for reference in found] == ["x", None]


def test_only_a_text_with_nothing_around_is_one_reference():
    assert is_reference("{{ inputs.a }}")
    assert not is_reference(" {{ inputs.a }}")
    assert not is_reference(5)


def test_a_long_text_of_openings_is_refused_at_once():
    (problem,) = check("{{ '" * 40_000, [])
    assert problem.code == "reference"
