"""An installation to break, an outside world that writes down every call, and what must hold afterwards."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from uuid import uuid4

import pytest

from tests.faults.scene import Scene
from tests.support import sink as sinks
from tests.support.app_under_test import installed


@pytest.fixture
def sink(tmp_path: Path) -> Iterator[sinks.Sink]:
    with sinks.running(tmp_path) as running:
        yield running


@pytest.fixture
def database_environ(request: pytest.FixtureRequest) -> dict[str, str]:
    """What a person sets to use the database that was asked for."""
    if request.config.getoption("--database") == "sqlite":
        return {}
    server = request.getfixturevalue("postgres")
    return {"DATABASE_URL": server.create_database(f"scene_{uuid4().hex[:12]}")}


@pytest.fixture
def scene(
    tmp_path: Path, sink: sinks.Sink, database_environ: dict[str, str]
) -> Iterator[Callable[..., Scene]]:
    """Give a function that starts an installation, with failpoints if named."""
    with_apps: list[Scene] = []

    def start(faults: Sequence[str] = (), **environ: str) -> Scene:
        app_environ = {
            "CARILLON_FAULT": ",".join(faults), "CARILLON_ALLOW_HOSTS": f"127.0.0.1:{sink.port}",
            "CARILLON_LEASE_SECONDS": "3", **database_environ, **environ,
        }
        context = installed(tmp_path, **app_environ)
        scene = Scene(context.__enter__(), sink)
        scene.closing = lambda: context.__exit__(None, None, None)
        with_apps.append(scene)
        scene.app.start()
        return scene

    yield start
    for scene in with_apps:
        scene.closing()
