"""Every connection of the cluster checks who is at the other end: real servers with the cluster's own certificates."""

import socket
import ssl
import sys
import warnings
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest
from sqlalchemy import literal, select, text
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest

from activities.gateways.breaches_http import HttpBreachedPasswords
from activities.gateways.courier_http import HttpCourier
from activities.gateways.mail_http import HttpMailer
from activities.gateways.oidc import OidcProvider
from activities.gateways.stripe_books import StripeBooks
from activities.gateways.stripe_payments import StripePayments
from activities.gateways.stripe_privacy import StripePrivacy
from activities.gateways.trust import trusting
from core import clock
from core.database import create_engine
from core.reads import Query, Reader
from core.settings import Settings
from core.temporal import connect
from deploy.embedded.postgres import PostgresCluster
from models.errors import NotFound, PartnerUnavailable
from models.ports import Mail, OutsideAttempt
from tests.support.keys import keys_file
from tests.support.stack import TemporalServer, free_port, running
from tests.support.tls import (
    SecureDatabase,
    issued,
    secure_frontend,
    secure_postgres,
    secure_relay,
    server_with_tls,
    settings_of,
)
from tests.support.whole_stack import ROOT, clean_environment

pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cluster's certificates."""
    return issued(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def strangers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same services' certificates from somebody else's authority."""
    return issued(tmp_path_factory.mktemp("strangers"))


# The database


@pytest.fixture(scope="module", params=["a server", "a relay"])
def database_server(
    request: pytest.FixtureRequest, folder: Path, postgres_server: PostgresCluster
) -> Iterator[SecureDatabase]:
    if request.param == "a relay":
        with secure_relay(folder / "postgres", postgres_server.port, postgres_server.role_password) as database:
            yield database
        return
    with secure_postgres(_binaries(), folder / "postgres") as database:
        yield database


def _binaries() -> Path:
    found = server_with_tls()
    if found is None:
        pytest.skip("NO POSTGRESQL WITH TLS ON THIS MACHINE: the wheel's has none. Install your system's postgresql")
    return found


async def _asked(settings: Settings) -> bool:
    """Whether the connection that the product opens is encrypted."""
    engine = create_engine(settings.database_url, 1)
    try:
        async with engine.connect() as connection:
            assert (await connection.execute(text("select 1"))).scalar_one() == 1
            driver = (await connection.get_raw_connection()).driver_connection
            assert isinstance(driver, psycopg.AsyncConnection)
            return bool(driver.pgconn.ssl_in_use)
    finally:
        await engine.dispose()


async def test_the_database_is_spoken_to_in_tls(folder: Path, database_server: SecureDatabase) -> None:
    settings = settings_of(folder, database_url=database_server.address())
    assert await _asked(settings)
    async with Reader(settings.database_url, 1).opened() as reader:
        assert [tuple(row) for row in await reader.fetch(Query(select(literal(1))))] == [(1,)]


async def test_a_database_of_a_strange_authority_is_not_believed(
    strangers: Path, database_server: SecureDatabase
) -> None:
    settings = settings_of(strangers, database_url=database_server.address())
    with pytest.raises(Exception, match="certificate verify failed"):
        await _asked(settings)


async def test_a_database_of_another_name_is_not_believed(folder: Path, database_server: SecureDatabase) -> None:
    settings = settings_of(folder, database_url=database_server.address("elsewhere"))
    with pytest.raises(Exception, match='server certificate for "postgres" does not match host name "elsewhere"'):
        await _asked(settings)


async def test_a_weaker_word_in_the_address_does_not_count(strangers: Path, database_server: SecureDatabase) -> None:
    settings = settings_of(strangers, database_url=f"{database_server.address()}&sslmode=disable&gssencmode=prefer")
    with pytest.raises(Exception, match="certificate verify failed"):
        await _asked(settings)


def test_the_database_lets_nobody_in_without_tls_or_by_older_versions(folder: Path) -> None:
    with secure_postgres(_binaries(), folder / "postgres") as database:
        plain = database.address().replace("+psycopg", "")
        with pytest.raises(psycopg.OperationalError, match="no encryption"):
            psycopg.connect(f"{plain}&sslmode=disable&gssencmode=disable", connect_timeout=5)
        with pytest.raises(psycopg.OperationalError, match=r"(?i)protocol"):
            psycopg.connect(
                f"{plain}&sslmode=require&ssl_min_protocol_version=TLSv1&ssl_max_protocol_version=TLSv1.1",
                connect_timeout=5,
            )


# Temporal


@pytest.fixture(scope="module")
def frontend(folder: Path, temporal_dev_server: TemporalServer) -> Iterator[str]:
    with secure_frontend(folder / "temporal-frontend", temporal_dev_server.port) as port:
        yield f"127.0.0.1:{port}"


async def test_temporal_is_shown_a_certificate(
    folder: Path, frontend: str, temporal_dev_server: TemporalServer
) -> None:
    name = temporal_dev_server.namespace
    client = await connect(settings_of(folder, temporal_address=frontend, temporal_namespace=name))
    described = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=name))
    assert described.namespace_info.name == name


@pytest.mark.parametrize(
    ("cert", "name"),
    [(None, "temporal-frontend"), ("sandbox", "temporal-frontend"), ("worker", "elsewhere")],
    ids=["without a certificate", "with one that is for servers only", "a frontend of another name"],
)
async def test_temporal_is_not_reached_otherwise(folder: Path, frontend: str, cert: str | None, name: str) -> None:
    good = settings_of(folder, temporal_address=frontend)
    shown = {
        "temporal_cert_file": folder / cert / "cert.pem" if cert else None,
        "temporal_key_file": folder / cert / "key.pem" if cert else None,
        "temporal_server_name": name,
    }
    with pytest.raises(RuntimeError):
        await connect(good.model_copy(update=shown))


async def test_a_stranger_is_no_temporal(folder: Path, strangers: Path, temporal_dev_server: TemporalServer) -> None:
    with (
        secure_frontend(strangers / "temporal-frontend", temporal_dev_server.port) as port,
        pytest.raises(RuntimeError, match="InvalidCertificate"),
    ):
        await connect(settings_of(folder, temporal_address=f"127.0.0.1:{port}"))


# The API and the sandbox


@contextmanager
def command(name: str, environment: dict[str, str], port: int, ca_file: Path, log: Path) -> Iterator[str]:
    """One of our servers as a process, ready to answer on https."""
    url = f"https://127.0.0.1:{port}"
    trusted = ssl.create_default_context(cafile=ca_file)

    def ready() -> bool:
        try:
            return httpx.get(f"{url}/healthz", verify=trusted, timeout=2).status_code < 500
        except httpx.TransportError:
            return False

    arguments = [sys.executable, "-m", "deploy.cli", name]
    with running(arguments, log, ready, cwd=ROOT, env={**clean_environment(), **environment}):
        yield url


@pytest.fixture(scope="module")
def sandbox(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port, home = free_port(), tmp_path_factory.mktemp("sandbox")
    environment = {
        "SANDBOX_DB": str(home / "sandbox.db"),
        "SANDBOX_PORT": str(port),
        "SANDBOX_CERT_FILE": str(folder / "sandbox/cert.pem"),
        "SANDBOX_KEY_FILE": str(folder / "sandbox/key.pem"),
        "SANDBOX_STRIPE_SECRET_KEY": "sk_test_tls",
        "SANDBOX_MAIL_API_KEY": "mail",
        "SANDBOX_PUBLIC_URL": f"https://127.0.0.1:{port}",
        "SANDBOX_IDENTITY_PROVIDERS": '[{"code": "lantern", "name": "Lantern", "client_id": "us", '
        '"client_secret": "s", "redirect_uris": []}]',
        "SANDBOX_COURIERS": '[{"code": "north", "name": "North", "api_key": "n", "webhook_url": "", '
        '"webhook_secret": "w"}]',
    }
    with command("sandbox", environment, port, folder / "sandbox/ca.pem", home / "log") as url:
        yield url


ATTEMPT = OutsideAttempt("state", "nonce", "v" * 43, "https://shop.example/sign-in/with/lantern/callback", clock.now())
Call = Callable[[str, ssl.SSLContext], Awaitable[None]]


async def _payments(sandbox: str, trusted: ssl.SSLContext) -> None:
    gateway = StripePayments("sk_test_tls", api_base=sandbox, tls=trusted)
    with pytest.raises(NotFound):
        await gateway.get_payment("cs_test_nobody")
    await gateway.aclose()


async def _privacy(sandbox: str, trusted: ssl.SSLContext) -> None:
    gateway = StripePrivacy("sk_test_tls", api_base=sandbox, tls=trusted)
    with pytest.raises(NotFound):
        await gateway.follow("prj_nobody", key="k")
    await gateway.aclose()


async def _books(sandbox: str, trusted: ssl.SSLContext) -> None:
    gateway = StripeBooks("sk_test_tls", api_base=sandbox, tls=trusted)
    assert [one async for one in gateway.charges()] == []
    await gateway.aclose()


async def _courier(sandbox: str, trusted: ssl.SSLContext) -> None:
    base = f"{sandbox}/courier/north/v1"
    gateway = HttpCourier("north", "North", base, api_key="n", webhook_secret="w", tls=trusted)
    assert await gateway.find_label("nobody") is None
    await gateway.aclose()


async def _mail(sandbox: str, trusted: ssl.SSLContext) -> None:
    gateway = HttpMailer(f"{sandbox}/mail/v1", "mail", "Us <us@shop.example>", tls=trusted)
    await gateway.send(Mail(to="a@shop.example", subject="s", text="t", tag="order"), key="tls-1")
    await gateway.aclose()


async def _breaches(sandbox: str, trusted: ssl.SSLContext) -> None:
    gateway = HttpBreachedPasswords(f"{sandbox}/breaches", tls=trusted)
    await gateway.range("ABCDE")
    await gateway.aclose()


async def _identity(sandbox: str, trusted: ssl.SSLContext) -> None:
    issuer = f"{sandbox}/identity/lantern"
    gateway = OidcProvider("lantern", "Lantern", issuer=issuer, client_id="us", client_secret="s", tls=trusted)
    assert issuer in await gateway.authorisation_url(ATTEMPT)
    await gateway.aclose()


CALLS = [_payments, _privacy, _books, _courier, _mail, _breaches, _identity]


@pytest.mark.parametrize("call", CALLS)
async def test_partners_are_called_in_tls(folder: Path, sandbox: str, call: Call) -> None:
    await call(sandbox, trusting(folder / "worker/ca.pem"))


@pytest.mark.parametrize("call", CALLS)
async def test_partners_of_a_strange_authority_are_not_believed(strangers: Path, sandbox: str, call: Call) -> None:
    with pytest.raises(PartnerUnavailable):
        await call(sandbox, trusting(strangers / "worker/ca.pem"))


async def test_public_authorities_alone_know_nothing_of_ours(sandbox: str) -> None:
    with pytest.raises(PartnerUnavailable):
        await _mail(sandbox, trusting())


@pytest.fixture(scope="module")
def api(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """It connects to nobody before somebody asks for something."""
    port, home = free_port(), tmp_path_factory.mktemp("api")
    environment = {
        "ARTISAN_ENVIRONMENT": "cluster",
        "ARTISAN_PUBLIC_URL": "https://shop.example",
        "ARTISAN_TEMPORAL_UI_URL": "https://temporal.example",
        "ARTISAN_API_PORT": str(port),
        "ARTISAN_API_CERT_FILE": str(folder / "api/cert.pem"),
        "ARTISAN_API_KEY_FILE": str(folder / "api/key.pem"),
        "ARTISAN_DATABASE_URL": "postgresql+psycopg://artisan@127.0.0.1:9/artisan",
        "ARTISAN_DATABASE_CA_FILE": str(folder / "api/ca.pem"),
        "ARTISAN_TEMPORAL_CA_FILE": str(folder / "api/ca.pem"),
        "ARTISAN_TEMPORAL_CERT_FILE": str(folder / "api/cert.pem"),
        "ARTISAN_TEMPORAL_KEY_FILE": str(folder / "api/key.pem"),
        "ARTISAN_KEYS_FILE": str(keys_file()),
        "ARTISAN_STRIPE_SECRET_KEY": "sk_test_tls",
        "ARTISAN_STRIPE_WEBHOOK_SECRET": "whsec_tls",
        "ARTISAN_MAIL_API_KEY": "mail",
        "ARTISAN_MAIL_BASE_URL": "https://mail.example",
    }
    with command("api", environment, port, folder / "api/ca.pem", home / "log") as url:
        yield url


def test_the_api_serves_tls_and_tells_browsers_to_stay_with_it(folder: Path, api: str) -> None:
    answer = httpx.get(f"{api}/healthz", verify=ssl.create_default_context(cafile=folder / "api/ca.pem"))
    assert answer.status_code == 200
    assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
    assert "server" not in answer.headers


def test_the_api_is_no_api_for_who_trusts_somebody_else(strangers: Path, api: str) -> None:
    with pytest.raises(httpx.ConnectError, match="certificate verify failed"):
        httpx.get(f"{api}/healthz", verify=ssl.create_default_context(cafile=strangers / "api/ca.pem"))


def test_the_api_speaks_neither_old_tls_nor_none(folder: Path, api: str) -> None:
    port = httpx.URL(api).port
    assert port is not None
    oldest, old = (ssl.create_default_context(cafile=folder / "api/ca.pem") for _ in range(2))
    oldest.maximum_version = ssl.TLSVersion.TLSv1_2
    with (
        socket.create_connection(("127.0.0.1", port), 5) as raw,
        oldest.wrap_socket(raw, server_hostname="localhost") as secure,
    ):
        assert secure.version() == "TLSv1.2"
    old.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection(("127.0.0.1", port), 5) as raw,
        pytest.raises(ssl.SSLError, match=r"(?i)protocol"),
    ):
        old.wrap_socket(raw, server_hostname="localhost")
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://127.0.0.1:{port}/healthz")
