"""Templates keep their rules, and nothing people read scolds or grovels."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEMPLATES = ROOT / "templates"
LONGEST_TEMPLATE = 100
BANNED = re.compile(r"(?<![-\w:.`])(please|sorry|oops|illegal|invalid)(?![-\w=(])", re.IGNORECASE)
INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son(click|change|input|key|load|submit)\w*=|hx-on|javascript:|\bjs:",
    re.IGNORECASE,
)


def templates() -> list[Path]:
    return sorted(TEMPLATES.rglob("*.html"))


def named_after(word: str) -> set[str]:
    """Return the templates that some template names after `word`."""
    return {name for path in templates()
            for name in re.findall(rf"{{%-?\s*{word}\s+[\"']([^\"']+)", path.read_text())}


def where(matches: re.Pattern[str]) -> set[str]:
    return {f"{path.relative_to(ROOT)}: {found.group().strip()}" for path in templates()
            if (found := matches.search(path.read_text()))}


def test_templates_are_short():
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in templates()}

    assert {name: length for name, length in lengths.items() if length > LONGEST_TEMPLATE} == {}


def test_a_partial_is_included_and_a_page_never_is():
    included, extended = named_after("include"), named_after("extends")
    extending = {str(path.relative_to(TEMPLATES)) for path in templates() if "{% extends" in path.read_text()}

    assert included & extending == set()
    assert {name for name in included if not Path(name).name.startswith("_")} == set()
    assert {name for name in extending - extended if Path(name).name.startswith("_")} == set()


def test_templates_hold_no_scripts_or_styles_of_their_own():
    assert where(INLINE) == set()


def test_what_a_status_means_is_asked_of_the_domain():
    assert where(re.compile(r"(?<!for )(status|state)\s*(==|!=|in)\s*[\"'(\[]")) == set()


@pytest.mark.parametrize("kind", ["execution", "workflow", "trigger"])
def test_a_row_is_drawn_in_one_template(kind):
    drawing = [path for path in templates() if f'id="{kind}-' in path.read_text()]

    assert len(drawing) <= 1


def test_templates_use_plain_and_friendly_words():
    assert where(BANNED) == set()


def test_messages_use_plain_and_friendly_words():
    assert {f"{path.name}: {text}" for path, text in sentences() if BANNED.search(text)} == set()


def sentences() -> Iterator[tuple[Path, str]]:
    """Every text in our code that a person may read; a pattern is for what people may write."""
    folders = ("engine", "blueprints", "commands")
    for path in (found for folder in folders for found in (ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and " " in text and not re.search(r"\^|\\", text):
                yield path, text
