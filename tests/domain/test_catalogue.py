import re
from pathlib import Path

import pytest

from engine.domain.runs.catalogue import CATALOGUE
from engine.domain.runs.explanations import explain

ENGINE = Path(__file__).parents[2] / "engine"
PLACES_THAT_FAIL_STEPS = ("steps", "runner", "domain")
CODE = re.compile(
    r'"((?:net|http|data|limit|app|run|step|approve|dry_run)\.[a-z0-9_]+'
    r'|workflow\.(?:start|failed)|script\.(?:error|off))"'
)


def codes_in_the_code():
    return {
        code
        for place in PLACES_THAT_FAIL_STEPS
        for path in (ENGINE / place).rglob("*.py")
        if path.name not in ("catalogue.py", "events.py")
        for code in CODE.findall(path.read_text())
    }


def test_every_code_a_step_can_fail_with_is_explained():
    assert codes_in_the_code() - set(CATALOGUE) == set()


@pytest.mark.parametrize("code", CATALOGUE)
def test_every_code_says_what_to_do_with_and_without_facts(code):
    bare = explain(code)
    assert bare.title
    assert bare.what_to_do
    assert bare.actions
    assert "{" not in bare.title + bare.what_to_do
    assert bare.title[0] in "“" or bare.title[0].isupper()


@pytest.mark.parametrize("code", CATALOGUE)
def test_no_text_blames_or_begs(code):
    said = " ".join(str(part) for part in CATALOGUE[code]).lower()
    assert not re.search(r"\b(invalid|oops|please|sorry|illegal)\b", said)


def test_facts_are_filled_in():
    explanation = explain("net.timeout", "…", {"host": "shop.example", "seconds": 10.0})
    assert explanation.title == "shop.example did not answer within 10 seconds"
    assert explain("limit.size", None, {"limit": 10_000_000}).title.endswith("(limit 10,000,000)")


def test_a_fact_from_outside_is_only_text():
    title = explain("net.dns", None, {"host": "{seconds.__class__}{limit}"}).title
    assert title == "We could not find {seconds.__class__}{limit}"


def test_an_unknown_code_is_our_bug():
    assert explain("who.knows").code == "app.bug"
