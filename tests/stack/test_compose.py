"""docker-compose.yml holds the embedded run's processes, and each of ours starts from it and becomes healthy."""

import re
import signal
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from psycopg import sql

from deploy.docker import certificates, keys
from deploy.embedded.postgres import ROLE, PostgresCluster
from tests.support import compose
from tests.support.compose import LocalService
from tests.support.stack import TemporalServer, free_port, wait_until
from tests.support.tls import issued, secure_frontend, secure_relay
from tests.support.whole_stack import ROOT
from workers.pools import POOLS

pytestmark = pytest.mark.stack

JOBS = {"certificates", "keys", "migrate", "namespace", "temporal-schema"}


@pytest.fixture(scope="module")
def variables(postgres_server: PostgresCluster) -> dict[str, str]:
    """What keys.py would write into .env, with the test server's password for the product's role."""
    text = keys.complete("", keys.wanted(compose.FILE.read_text()))
    drawn = dict(line.split("=", 1) for line in text.splitlines())
    return {**drawn, "ARTISAN_DB_PASSWORD": postgres_server.role_password}


@pytest.fixture(scope="module")
def services(variables: dict[str, str]) -> dict[str, dict[str, Any]]:
    return compose.load(variables)


def test_every_pool_has_a_service_of_its_own(services: dict[str, dict[str, Any]]) -> None:
    commands = {name: service.get("command", []) for name, service in services.items()}
    hosted = {name: command[-1] for name, command in commands.items() if command[1:2] == ["worker"]}
    assert sorted(hosted.values()) == sorted(POOLS)
    assert all(name == f"worker-{pool}" for name, pool in hosted.items())


def test_every_service_but_the_jobs_has_a_health_check(services: dict[str, dict[str, Any]]) -> None:
    without = {name for name, service in services.items() if "healthcheck" not in service}
    assert without == JOBS


def test_the_api_runs_twice_behind_the_proxy(services: dict[str, dict[str, Any]]) -> None:
    assert services["api"]["deploy"]["replicas"] >= 2
    assert "ports" not in services["api"]
    assert "dynamic a api 8000" in (ROOT / "deploy/docker/Caddyfile").read_text()


def test_what_a_service_waits_for_exists_and_can_be_waited_for(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        for needed, condition in service.get("depends_on", {}).items():
            assert needed in services, f"{name} waits for {needed}"
            wanted = "service_completed_successfully" if needed in JOBS else "service_healthy"
            assert condition["condition"] == wanted, f"{name} waits for {needed}"


def test_ports_are_published_on_loopback_alone(services: dict[str, dict[str, Any]]) -> None:
    published = [port for service in services.values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_every_service_has_a_certificate_that_nobody_else_can_read(services: dict[str, dict[str, Any]]) -> None:
    folders = {name: compose.certificate_of(service) for name, service in services.items() if name != "certificates"}
    assert folders.pop("temporal-schema") == certificates.TRUST
    workers = {name for name in folders if name.startswith("worker-")} | {"keys", "migrate", "namespace"}
    assert {folders.pop(name) for name in workers} == {"worker"}
    assert folders == {name: name for name in folders}
    assert set(folders) | {"worker"} == set(certificates.LEAVES)
    for name, service in services.items():
        for mount in service.get("volumes", []):
            if isinstance(mount, dict) and mount["source"] in {"certificates", "keys"}:
                assert mount["read_only"] is True, name
    assert services["certificates"]["network_mode"] == "none"


def test_no_address_in_the_file_goes_without_tls(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        plain = [value for value in map(str, service.get("environment", {}).values()) if "http://" in value]
        assert not plain, name
        asked = str(service.get("healthcheck", {}).get("test", ""))
        assert "http://" not in asked.replace("http://127.0.0.1:8005/", ""), name  # a worker asks itself
    database = services["postgres"]["command"]
    assert {"--ssl=on", "--ssl_min_protocol_version=TLSv1.2", "--hba_file=/etc/artisan/pg_hba.conf"} <= set(database)
    rules = (ROOT / "deploy/docker/pg_hba.conf").read_text()
    assert re.findall(r"^(\w+).*?(\S+)$", rules, re.MULTILINE) == [
        ("local", "scram-sha-256"),
        ("hostssl", "scram-sha-256"),
    ]


def test_only_the_proxy_is_believed_about_who_calls(services: dict[str, dict[str, Any]]) -> None:
    proxy = services["proxy"]["networks"]["default"]["ipv4_address"]
    assert services["api"]["environment"]["FORWARDED_ALLOW_IPS"] == proxy
    pool = compose.networks()["default"]["ipam"]["config"][0]
    assert ip_address(proxy) in ip_network(pool["subnet"])
    assert ip_address(proxy) not in ip_network(pool["ip_range"]), "somebody else could be given its address"


def test_the_key_ring_is_read_by_our_processes_and_written_by_one_job(services: dict[str, dict[str, Any]]) -> None:
    mounts = {
        name: [mount for mount in service.get("volumes", []) if "keys" in str(mount)]
        for name, service in services.items()
    }
    holders = {name for name, found in mounts.items() if found}
    assert holders == {"keys", "api", "migrate", *(f"worker-{pool}" for pool in POOLS)}
    assert mounts["keys"] == ["keys:/keys"]
    assert "/keys" in (ROOT / "deploy/docker/Dockerfile").read_text(), "a new volume takes its owner from the image"


def test_our_containers_have_no_rights_that_they_do_not_need(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        if compose.is_ours(service):
            assert service["read_only"] is True, name
            assert service["cap_drop"] == ["ALL"], name
    assert re.search(r"^USER artisan$", (ROOT / "deploy/docker/Dockerfile").read_text(), re.MULTILINE)


def test_keys_that_exist_are_kept_and_missing_ones_are_drawn() -> None:
    completed = keys.complete("A=kept\n", ["A", "STRIPE_SECRET_KEY"])
    assert re.fullmatch(r"A=kept\nSTRIPE_SECRET_KEY=sk_test_[0-9a-f]{48}\n", completed)
    assert keys.complete(completed, ["A", "STRIPE_SECRET_KEY"]) == completed


@pytest.fixture
def fresh_database(postgres_server: PostgresCluster) -> Iterator[str]:
    name = f"compose_{uuid4().hex[:8]}"
    postgres_server.execute(sql.SQL("create database {} owner {}").format(sql.Identifier(name), sql.Identifier(ROLE)))
    yield name
    postgres_server.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
def local(
    services: dict[str, dict[str, Any]],
    postgres_server: PostgresCluster,
    temporal_dev_server: TemporalServer,
    fresh_database: str,
    tmp_path: Path,
) -> Iterator[dict[str, LocalService]]:
    """Our services on loopback: containers have an address each, here they have a port each. The API comes twice."""
    names = [name for name, service in services.items() if compose.is_ours(service) and name != "certificates"]
    ports = {name: str(free_port()) for name in [*names, "api-2"]}
    folder = issued(tmp_path / "certificates")
    (tmp_path / "keys").mkdir()
    with (
        secure_relay(folder / "postgres", postgres_server.port, "", fresh_database) as database,
        secure_frontend(folder / "temporal-frontend", temporal_dev_server.port) as frontend,
    ):
        shared = {
            "@postgres:5432/artisan": f"@postgres:{database.port}/{fresh_database}?hostaddr=127.0.0.1",
            "temporal-frontend:7233": f"127.0.0.1:{frontend}",
            "sandbox:8001": f"127.0.0.1:{ports['sandbox']}",
            "proxy:8443": f"127.0.0.1:{ports['api']}",
            "0.0.0.0": "127.0.0.1",  # noqa: S104 - what stands in the file
            "/data/": f"{tmp_path}/",
            "/keys/": f"{tmp_path}/keys/",
        }

        def one(label: str, name: str) -> LocalService:
            own = {f"127.0.0.1:{inside}/": f"127.0.0.1:{ports[label]}/" for inside in ("8000", "8001", "8005")}
            own["/certificates/"] = f"{folder / compose.certificate_of(services[name])}/"
            return LocalService(label, services[name], {**shared, **own}, ports[label], tmp_path / f"{label}.log")

        made = {name: one(name, name) for name in names} | {"api-2": one("api-2", "api")}
        yield made
        for service in made.values():
            service.kill()


def test_each_of_our_services_starts_from_the_file_and_becomes_healthy(local: dict[str, LocalService]) -> None:
    local["keys"].start()
    assert local["keys"].wait() == 0, local["keys"].said()
    jobs = [local[name] for name in ("migrate", "namespace")]
    servers = [service for service in local.values() if service not in (*jobs, local["keys"])]
    for job in jobs:
        job.start()
    for job in jobs:
        assert job.wait() == 0, job.said()
    for server in servers:
        server.start()
    waiting = list(servers)

    def all_healthy() -> bool:
        for server in list(waiting):
            assert not server.ended(), f"{server.name} ended:\n{server.said()}"
            if server.healthy():
                waiting.remove(server)
        return not waiting

    wait_until(all_healthy, what="the health of every service", seconds=120)
    assert {server.name for server in servers} == {"api", "api-2", "sandbox", *(f"worker-{pool}" for pool in POOLS)}
    for server in servers:
        server.stop()
    for server in servers:
        # uvicorn first finishes in peace and then dies of the signal, as a well-behaved process should.
        assert server.wait(40) in {0, -signal.SIGTERM}, server.said()
