"""One command starts everything, keeps it running and leaves nothing behind."""

import os
import signal
import stat

import pytest
from redis import Redis, RedisError

from tests.support.app_under_test import installed
from tests.support.programs import descendants_of, is_running
from tests.support.waiting import wait_until


def test_it_says_where_it_is_and_how_to_become_its_administrator(shared_app):
    address = f"Carillon is running at http://localhost:{shared_app.port}"

    assert [line for line in shared_app.printed().splitlines() if address in line and "code" in line]


def test_everything_works_once_it_has_started(shared_app):
    wait_until(shared_app.is_healthy)

    assert set(shared_app.processes()) == {"redis", "web", "web worker", "worker 1"}


def test_what_it_writes_is_readable_by_its_owner_only(shared_app):
    files = [shared_app.home, *shared_app.home.rglob("*")]

    assert [path for path in files if stat.S_IMODE(path.stat().st_mode) & 0o077] == []


def test_a_second_start_says_that_it_is_running_already(shared_app):
    second = shared_app.command("serve")

    assert second.returncode != 0
    assert second.stderr == (
        f"Carillon is already running for {shared_app.home}, as process {shared_app.process.pid}.\n"
    )


def test_a_port_in_use_is_named(shared_app, tmp_path):
    with installed(tmp_path, PORT=str(shared_app.port)) as other:
        refused = other.command("serve")

    assert refused.returncode != 0
    assert f"Port {shared_app.port} on 127.0.0.1 can't be used" in refused.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_stopping_ends_every_process(app, number):
    pids = descendants_of(app.process.pid)

    assert app.stop(number) == 0
    assert [pid for pid in pids if is_running(pid)] == []


def test_nothing_outlives_a_killed_parent(app):
    pids = descendants_of(app.process.pid)

    app.process.kill()
    app.process.wait()

    wait_until(lambda: not any(map(is_running, pids)), seconds=5)


def test_a_killed_child_is_started_again(app):
    wait_until(app.is_healthy)
    before = app.processes()
    for name in ("redis", "web worker", "worker 1"):
        app.kill(name)

    after = wait_until(lambda: len(app.processes()) == len(before) and app.is_healthy() and app.processes())
    assert {name for name in before if before[name] == after[name]} == {"web"}


def test_a_killed_web_server_is_started_again_on_the_same_port(app):
    app.kill("web")

    wait_until(app.is_healthy)


def test_redis_comes_back_with_what_it_had(app):
    client = Redis.from_url(app.settings.redis_url)
    client.set("kept", "yes")
    client.execute_command("WAITAOF", 1, 0, 5000)
    app.kill("redis")

    wait_until(lambda: "redis" in app.processes() and _get(client, "kept") == b"yes")


def test_a_home_too_deep_for_a_socket_works_too(tmp_path):
    with installed(tmp_path / ("deep" * 30)) as deep:
        deep.output.parent.mkdir()
        deep.start()

        wait_until(deep.is_healthy)

    assert not deep.settings.redis_socket.parent.exists()


def test_a_misspelt_setting_is_reported(tmp_path):
    with installed(tmp_path, CARILLON_HOEM="here") as app:
        app.start()

    assert "CARILLON_HOEM is not a setting of Carillon" in app.printed()


def test_it_stops_with_the_process_that_started_it(installation):
    outer = os.fork()
    if outer == 0:
        installation.start("--with-parent")
        os._exit(0)
    os.waitpid(outer, 0)

    wait_until(lambda: not (installation.home / "serve.lock").read_text())


def _get(client: Redis, name: str) -> bytes | None:
    try:
        return client.get(name)
    except RedisError:
        return None
