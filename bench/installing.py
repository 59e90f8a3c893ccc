"""Puts the peers into `bench/peers/`, which is not kept: npm and pip with their usual settings."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).resolve().parent / "peers"


class Missing(RuntimeError):
    """A peer can't be had on this machine; the message says why."""


def npm(name: str, manifest: Path, *, compiled: Sequence[str] | None = None) -> Path:
    """Install what the `package.json` in the folder `manifest` asks for; return its `node_modules`.

    Given `compiled`, only these packages run what they bring along for their installation.
    """
    home = FOLDER / name
    files = sorted(manifest.glob("package*.json"))
    if _is_fresh(home, b"".join(file.read_bytes() for file in files)):
        return home / "node_modules"
    for file in files:
        shutil.copy(file, home)
    command = [_program("npm"), "ci" if len(files) > 1 else "install", "--no-audit", "--no-fund"]
    if compiled is None:
        _run(command, home)
    else:
        _run([*command, "--ignore-scripts"], home)
        _run([_program("npm"), "rebuild", *compiled], home)
    _done(home)
    return home / "node_modules"


def pip(name: str, *requirements: str) -> Path:
    """Install `requirements` into an environment of their own; return its folder of programs."""
    home = FOLDER / name
    if not _is_fresh(home, " ".join(requirements).encode()):
        _run([sys.executable, "-m", "venv", str(home / "venv")], home)
        _run([str(home / "venv/bin/pip"), "install", "--quiet", *requirements], home)
        _done(home)
    return home / "venv" / "bin"


def _is_fresh(home: Path, wanted: bytes) -> bool:
    """Whether `wanted` was installed to the end; otherwise begin with an empty folder."""
    digest = hashlib.sha256(wanted).hexdigest()
    if (home / "installed").exists() and (home / "wanted").read_text() == digest:
        return True
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    (home / "wanted").write_text(digest)
    return False


def _done(home: Path) -> None:
    (home / "installed").touch()


def _run(command: list[str], folder: Path) -> None:
    print(f"Installing a peer into {os.path.relpath(folder)} …", flush=True)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Missing("\n".join((done.stdout + done.stderr).splitlines()[-15:]))


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise Missing(f"There is no {name} on this machine.")
    return found
