"""A running installation, one per test file that only looks, or one of its own to break."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.app_under_test import App, installed


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[App]:
    """An installation of this test's own, not started yet."""
    with installed(tmp_path) as app:
        yield app


@pytest.fixture
def app(installation: App) -> App:
    """An installation of this test's own, running."""
    installation.start()
    return installation


@pytest.fixture(scope="module")
def shared_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """One running installation for all tests of a file; they must leave it as it was."""
    with installed(tmp_path_factory.mktemp("shared")) as app:
        app.start()
        yield app
