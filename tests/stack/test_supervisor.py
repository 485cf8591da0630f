"""`artisan up` keeps its promises: crashed parts come back, stopping leaves nothing, data survives, errors help."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from psycopg import connect

from deploy.embedded import home as homes
from deploy.embedded.errors import StackError
from tests.support.stack import open_folder
from tests.support.whole_stack import ROOT, WholeStack, clean_environment, free_base_port, whole_stack

pytestmark = pytest.mark.stack

BARELY_SEEDED = {"ARTISAN_SEED_ARTISANS": "1", "ARTISAN_SEED_LISTINGS": "2"}
SERVERS = ("postgres", "temporal", "sandbox", "worker", "api")


@pytest.fixture(scope="module")
def stack() -> Iterator[WholeStack]:
    with open_folder() as folder, whole_stack(folder / "home", settings=BARELY_SEEDED) as running:
        yield running


def artisan(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.cli", *arguments],
        env={**clean_environment(), **settings},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("name", SERVERS)
def test_a_killed_server_comes_back_and_its_last_lines_are_shown(stack: WholeStack, name: str) -> None:
    before = len(stack.output())
    stack.kill(name)
    stack.wait_until_back(name)
    said = stack.output()[before:]
    assert f"{name} ended (killed by SIGKILL); starting it again" in said
    assert f"logs/{name}.log" in said


def test_a_second_start_in_the_same_home_says_that_it_is_running(stack: WholeStack) -> None:
    second = artisan("up", ARTISAN_HOME=str(stack.home), PORT=str(free_base_port()))
    assert second.returncode == 1
    assert f"running already at http://localhost:{stack.port}" in second.stderr
    assert "make down" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_taken_port_is_named_with_its_way_out(stack: WholeStack, tmp_path: Path) -> None:
    refused = artisan("up", ARTISAN_HOME=str(tmp_path / "other"), PORT=str(stack.port))
    assert refused.returncode == 1
    assert f"Port {stack.port}, wanted for the shop, is taken" in refused.stderr
    assert f"PORT={stack.port + 100} make up" in refused.stderr


def test_a_port_that_is_no_port_is_explained(tmp_path: Path) -> None:
    refused = artisan("up", ARTISAN_HOME=str(tmp_path / "home"), PORT="80000")
    assert refused.returncode == 1
    assert "PORT=80000 is no usable port" in refused.stderr


def test_keys_are_readable_by_their_owner_alone(stack: WholeStack) -> None:
    assert (stack.home / "secrets.json").stat().st_mode & 0o077 == 0


def test_doctor_finds_the_running_stack_in_order(stack: WholeStack) -> None:
    found = artisan("doctor", ARTISAN_HOME=str(stack.home))
    assert found.returncode == 0, found.stdout + found.stderr


def test_a_state_file_naming_a_stranger_harms_nobody(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as stranger:
        try:
            state = {"pid": 1, "port": 8000, "children": {"api": {"pid": stranger.pid, "born": 1.0}}}
            (tmp_path / "stack.json").write_text(json.dumps(state))
            assert homes.clear_orphans(tmp_path) == []
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_free_ports_pass_and_a_listening_one_does_not() -> None:
    base = free_base_port()
    homes.check_ports(base)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", base + 4))
        listener.listen()
        with pytest.raises(StackError, match=f"Port {base + 4}, wanted for PostgreSQL, is taken by "):
            homes.check_ports(base)
    homes.check_ports(base)


def test_stopped_killed_and_forgotten(stack: WholeStack) -> None:
    """The last one: it takes the module's stack down. Data survives a stop and a kill; nothing outlives a reset."""
    home = stack.home
    address = stack.environment["ARTISAN_DATABASE_URL"].replace("+psycopg", "")
    with connect(address) as connection:
        connection.execute("create table kept as select 42 as answer")
    family = stack.descendants()
    asked = artisan("down", ARTISAN_HOME=str(home))
    assert (asked.returncode, asked.stdout.strip()) == (0, "stopped")
    assert stack.process.wait(10) == 0
    assert [process for process in family if process.is_running()] == []

    with whole_stack(home, stack.port, settings=BARELY_SEEDED) as second:
        with connect(address) as connection:
            assert connection.execute("select answer from kept").fetchone() == (42,)
        orphans = second.descendants()
        os.kill(second.process.pid, signal.SIGKILL)
        second.process.wait(10)

    # A supervisor that is killed outright leaves nothing that bars the way of the next one.
    with whole_stack(home, stack.port, settings=BARELY_SEEDED) as third:
        left = [orphan for orphan in orphans if orphan.is_running() and orphan.status() != psutil.STATUS_ZOMBIE]
        assert left == []
        with connect(address) as connection:
            assert connection.execute("select answer from kept").fetchone() == (42,)
        assert third.stop() == 0

    data = homes.cluster_of(home, 0).base
    assert artisan("reset", ARTISAN_HOME=str(home), FORCE="1").returncode == 0
    assert not home.exists()
    assert not data.exists()
