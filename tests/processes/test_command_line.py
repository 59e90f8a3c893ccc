"""The commands around a running installation."""

import sqlite3

from tests.support.app_under_test import EMAIL, PASSWORD
from tests.support.waiting import wait_until


def test_without_a_command_it_lists_what_there_is(installation):
    shown = installation.command()

    assert shown.returncode == 0
    assert all(f"\n    {name} " in shown.stdout for name in ("serve", "init", "token", "doctor", "backup"))


def test_the_first_administrator_can_be_made_only_once(installation):
    first = installation.command("init", "--email", EMAIL, "--password-stdin", given=PASSWORD)
    second = installation.command("init", "--email", "bob@example.org", "--password-stdin", given=PASSWORD)

    assert (first.returncode, second.returncode) == (0, 1)
    assert second.stderr.startswith("Carillon is set up already")


def test_token_prints_the_token_and_nothing_else(installation):
    installation.command("init", "--email", EMAIL, "--password-stdin", given=PASSWORD)

    made = installation.command("token", "--email", EMAIL, "--name", "shop server", "--scope", "read")

    assert made.stdout.startswith("car_")
    assert len(made.stdout.split()) == 1


def test_a_token_for_nobody_is_refused(installation):
    installation.command("migrate")

    made = installation.command("token", "--email", "nobody@example.org", "--name", "x")

    assert (made.returncode, made.stdout) == (1, "")
    assert "nobody@example.org" in made.stderr


def test_a_backup_can_be_put_back(installation, tmp_path):
    installation.command("init", "--email", EMAIL, "--password-stdin", given=PASSWORD)
    file = tmp_path / "monday.db"
    assert installation.command("backup", str(file)).returncode == 0
    (installation.home / "carillon.db").write_bytes(b"broken")

    assert installation.command("restore", str(file)).returncode == 0
    assert installation.rows("SELECT email FROM users") == [(EMAIL,)]


def test_a_backup_holds_no_sessions_and_never_replaces_a_file(installation, tmp_path):
    installation.command("init", "--email", EMAIL, "--password-stdin", given=PASSWORD)
    with sqlite3.connect(installation.home / "carillon.db") as connection:
        connection.execute("INSERT INTO sessions SELECT 'secret-hash', id, created_at, created_at, "
                           "created_at, 'Firefox' FROM users")
    file = tmp_path / "monday.db"
    installation.command("backup", str(file))

    assert b"secret-hash" not in file.read_bytes()
    assert installation.command("backup", str(file)).returncode == 1


def test_restore_refuses_what_is_no_backup(installation, tmp_path):
    installation.command("init", "--email", EMAIL, "--password-stdin", given=PASSWORD)
    file = tmp_path / "letter.txt"
    file.write_text("Dear Ann, " * 1000)

    assert installation.command("restore", str(file)).returncode == 1
    assert installation.rows("SELECT email FROM users") == [(EMAIL,)]


def test_restore_refuses_while_carillon_is_running(shared_app, tmp_path):
    file = tmp_path / "monday.db"
    assert shared_app.command("backup", str(file)).returncode == 0

    refused = shared_app.command("restore", str(file))

    assert refused.returncode == 1
    assert "already running" in refused.stderr


def test_doctor_finds_nothing_wrong_with_a_new_installation(shared_app):
    wait_until(shared_app.is_healthy)

    report = shared_app.command("doctor")

    assert [line for line in report.stdout.splitlines() if not line.startswith("ok")] == []


def test_doctor_says_what_is_wrong(installation):
    report = installation.command("doctor")

    assert report.returncode == 1
    assert "XX  The database has schema None" in report.stdout
