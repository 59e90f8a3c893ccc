"""The rules of the house that a machine can check."""

import ast
import hashlib
import os
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parents[1]
OURS = ("engine", "blueprints", "commands")
PEERS = ROOT / "bench" / "peers"  # programs of others, installed to be compared with
LONGEST_FILE, LONGEST_FUNCTION = 200, 30

# Called by name from outside: by servers, by checkers of cron expressions.
CALLED_FROM_OUTSIDE = {"create_app", "next_times"}

IMPORT_EVERYTHING = """
import importlib, pkgutil, sys, threading

def watch(event, arguments):
    if event in {"socket.connect", "socket.bind", "subprocess.Popen", "sqlite3.connect", "os.mkdir"}:
        raise SystemExit(f"importing {name} does {event} {arguments}")

for package in ("engine", "blueprints", "commands"):
    for module in pkgutil.walk_packages([package], package + "."):
        if not module.name.endswith("__main__"):
            names = sys.modules.setdefault("names", [])
            names.append(module.name)
names = sys.modules.pop("names")
sys.addaudithook(watch)
for name in (*names, "app", "worker"):
    importlib.import_module(name)
assert threading.active_count() == 1, threading.enumerate()
"""


def sources(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.py")
             if PEERS not in path.parents]
    return [*found, *(ROOT.glob("*.py") if folders == OURS else ())]


def parsed(*folders: str) -> Iterator[tuple[Path, ast.Module]]:
    for path in sources(*folders):
        yield path.relative_to(ROOT), ast.parse(path.read_text())


def test_every_module_keeps_to_its_layer():
    assert lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_logo=True) == 0


def test_files_are_short():
    paths = sources(*OURS) + sources("tests", "bench")
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in paths}

    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}


def test_functions_are_short():
    lengths = {
        f"{path}:{node.name}": node.end_lineno - node.lineno + 1
        for path, tree in parsed(*OURS) for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    }

    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}


def test_no_blueprint_imports_another():
    trees = dict(parsed("blueprints"))
    blueprints = {_module(path) for path, tree in trees.items() if _defines_blueprint(tree)}

    assert {(str(path), name) for path, tree in trees.items()
            for name in _imports(tree) & blueprints} == set()


def test_migrations_stand_on_their_own():
    assert {str(path) for path, tree in parsed("migrations/versions")
            if any(name.split(".")[0] in OURS for name in _imports(tree))} == set()


def test_importing_does_nothing():
    # Whoever read the environment would trip over this port.
    environ = {**os.environ, "PORT": "none", "CARILLON_HOME": "/nonexistent"}
    done = subprocess.run([sys.executable, "-c", IMPORT_EVERYTHING], cwd=ROOT, env=environ,
                          capture_output=True, text=True, check=False)

    assert done.stderr == ""


@pytest.mark.parametrize(("words", "home"), [
    (r"os\.environ|os\.getenv", "engine/config.py"),
    (r"datetime\.now|utcnow|time\.time\(", "engine/clock.py"),
])
def test_the_outside_is_looked_at_in_one_place(words, home):
    users = {str(path.relative_to(ROOT)) for path in sources("engine", "blueprints")
             if re.search(words, path.read_text())}

    assert users == {home}


def test_workers_never_sleep():
    assert [str(path) for path in sources("engine") if "time.sleep" in path.read_text()] == []


def test_what_is_defined_is_used():
    words = Counter(re.findall(r"\w+", "\n".join(_project_texts())))
    defined = {(str(path), node.name) for path, tree in parsed(*OURS) for node in tree.body
               if isinstance(node, (ast.FunctionDef, ast.ClassDef))
               and not node.decorator_list and not _is_step_type(path, node)}

    assert {(path, name) for path, name in defined
            if words[name] == 1 and name not in CALLED_FROM_OUTSIDE} == set()


@pytest.mark.parametrize("sums", sorted(ROOT.glob("[st]*/**/SHA256SUMS")), ids=lambda path: path.parent.name)
def test_what_others_made_is_unchanged(sums):
    files = dict(reversed(line.split()) for line in sums.read_text().splitlines())
    folder = sums.parent.parent if any("/" in name for name in files) else sums.parent

    assert {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files} == files


def test_every_dependency_has_its_reason():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[\[<>=]", line)[0] for line in wanted}
    reasons = (ROOT / "docs/decisions/dependencies.md").read_text()

    assert {name for name in names if not name.startswith("types-") and name not in reasons} == set()


def _project_texts() -> Iterator[str]:
    yield from (path.read_text() for path in sources(*OURS))
    yield from (path.read_text() for path in (ROOT / "templates").rglob("*.html"))


def _is_step_type(path: Path, node: ast.stmt) -> bool:
    """Step and source types are found by looking through their folder."""
    return isinstance(node, ast.ClassDef) and path.parts[:2] in {("engine", "steps"), ("engine", "sources")}


def _module(path: Path) -> str:
    return ".".join(path.with_suffix("").parts)


def _defines_blueprint(tree: ast.Module) -> bool:
    return any(isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "bp"
               for node in tree.body)


def _imports(tree: ast.Module) -> set[str]:
    """Return what is imported; of `from a import b` both `a` and `a.b`, since `b` may be a module."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.update((node.module, *(f"{node.module}.{alias.name}" for alias in node.names)))
    return names
