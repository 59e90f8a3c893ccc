"""An installation to break, an outside world that writes down every call, and what must hold afterwards."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from tests.faults.scene import Scene
from tests.support import postgres as postgres_support
from tests.support import sink as sinks
from tests.support.app_under_test import App


@dataclass
class Template:
    """An installation with an administrator and a token, to be copied; `database` is its name on Postgres."""

    home: Path
    token: str
    database: str = ""


@pytest.fixture
def own_postgres(request: pytest.FixtureRequest) -> Iterator[postgres_support.Postgres | None]:
    """A Postgres of the test's own, to be killed, if Postgres was asked for."""
    if request.config.getoption("--database") == "sqlite":
        yield None
        return
    with postgres_support.running(durable=True) as running:
        yield running


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[sinks.Sink]:
    with sinks.running(tmp_path) as running:
        yield running


@pytest.fixture(scope="session")
def template(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Template:
    folder = tmp_path_factory.mktemp("template")
    if request.config.getoption("--database") == "sqlite":
        app = App(folder)
        return Template(app.home, app.make_token())
    name = f"scene_{uuid4().hex[:12]}"
    url = request.getfixturevalue("postgres").create_database(name)
    app = App(folder, DATABASE_URL=url)
    return Template(app.home, app.make_token(), name)


@pytest.fixture
def database_environ(request: pytest.FixtureRequest, template: Template) -> dict[str, str]:
    """What a person sets to use the database that was asked for."""
    if not template.database:
        return {}
    server: postgres_support.Postgres = request.getfixturevalue("postgres")
    return {"DATABASE_URL": server.create_database(f"scene_{uuid4().hex[:12]}", template.database),
            "PATH": f"{server.programs}{os.pathsep}{os.environ['PATH']}"}


@pytest.fixture
def scene(
    tmp_path: Path, sink: sinks.Sink, template: Template, database_environ: dict[str, str],
    record_property: Callable[[str, object], None],
) -> Iterator[Callable[..., Scene]]:
    """Give a function that starts an installation, with failpoints if named."""
    scenes: list[Scene] = []

    def start(faults: Sequence[str] = (), **environ: str) -> Scene:
        app_environ = {
            "CARILLON_FAULT": ",".join(faults), "CARILLON_ALLOW_HOSTS": f"127.0.0.1:{sink.port}",
            "CARILLON_LEASE_SECONDS": "3", **database_environ, **environ,
        }
        app = App(tmp_path, **app_environ)
        if app_environ.get("DATABASE_URL") == database_environ.get("DATABASE_URL"):
            shutil.copytree(template.home, app.home, dirs_exist_ok=True)
            app.token = template.token
        scenes.append(Scene(app, sink))
        app.start()
        return scenes[-1]

    yield start
    for one in scenes:
        for name, value in one.tally().items():
            record_property(name, value)
        one.app.kill_everything()
