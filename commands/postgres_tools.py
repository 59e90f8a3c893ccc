"""Postgres's own programs for copying a database, found on this machine."""

import os
import shutil
import subprocess
from pathlib import Path

from sqlalchemy import URL

from engine.domain.errors import Conflict, Invalid


def dump(url: URL, target: Path) -> None:
    """Write the database at `url` to `target`, without its sessions."""
    _run("pg_dump", url, ["--format=custom", "--no-owner", "--exclude-table-data=sessions",
                          f"--file={target}"])


def load(url: URL, source: Path) -> None:
    """Replace what is in the database at `url` by what `dump` wrote, or change nothing."""
    _run("pg_restore", url, ["--clean", "--if-exists", "--no-owner", "--single-transaction", str(source)])


def _run(program: str, url: URL, options: list[str]) -> None:
    path = shutil.which(program)
    if path is None:
        raise Invalid(f"{program} is not on this machine. Install Postgres's client programs, version "
                      "for version with the server.")
    # The password travels in the environment: everybody can read a command line.
    target = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    environ = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    done = subprocess.run([path, f"--dbname={target}", *options], env=environ,  # noqa: S603
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise Conflict(f"{program} did not finish: {done.stderr.strip()}")
