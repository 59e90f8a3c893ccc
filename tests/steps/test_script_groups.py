"""Where scripts get a control group of their own, and what is left of it."""

import os
from pathlib import Path

import pytest

from engine.steps._script_group import group

SERVICE = "system.slice/carillon.service"


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Control groups as systemd makes them for a service with `Delegate=yes` and `DelegateSubgroup=main`."""
    service = tmp_path / "cgroup" / SERVICE
    (service / "main").mkdir(parents=True)
    (service / "cgroup.controllers").write_text("cpu io memory pids\n")
    monkeypatch.setattr(os, "getxattr", lambda *asked: b"1" if asked == (service, "user.delegate") else b"")
    return tmp_path / "cgroup"


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    file = tmp_path / "ours"
    file.write_text(f"0::/{SERVICE}/main\n")
    return file


@pytest.fixture(autouse=True)
def files_are_no_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a real one the files go with the group."""
    monkeypatch.setattr(Path, "rmdir", lambda folder: [file.unlink() for file in folder.iterdir()]
                        and os.rmdir(folder))


def test_a_service_that_was_handed_its_group_makes_one_beside_its_own(system, ours):
    with group(400, 2_000, system, ours) as made:
        assert made and made.parent == system / SERVICE
        limits = {file.name: file.read_text() for file in made.iterdir()}

    assert limits == {"pids.max": "400", "memory.max": "2000", "memory.oom.group": "1"}
    assert (system / SERVICE / "cgroup.subtree_control").read_text() == "+memory +pids"
    assert not made.exists()


def test_a_service_that_was_not_handed_its_group_touches_nothing_beside_it(system, ours, monkeypatch):
    monkeypatch.setattr(os, "getxattr", lambda *asked: b"")

    with group(400, 2_000, system, ours) as made:
        assert made is None
    assert sorted(file.name for file in (system / SERVICE).iterdir()) == ["cgroup.controllers", "main"]


def test_old_control_groups_count_processes_too(system, ours):
    (system / "pids" / "box").mkdir(parents=True)
    ours.write_text("9:memory:/box\n8:pids:/box\n0::/\n")

    with group(400, 2_000, system, ours) as made:
        assert made and made.parent == system / "pids" / "box"
        assert [file.name for file in made.iterdir()] == ["pids.max"]


def test_without_control_groups_there_is_none(tmp_path):
    with group(400, 2_000, tmp_path / "nothing", tmp_path / "nowhere") as made:
        assert made is None
