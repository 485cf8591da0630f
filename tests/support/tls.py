"""The cluster's TLS on loopback: its certificates, a database and a Temporal frontend that take nothing else.

Owns servers, no expectations. Temporal's dev server and the wheel's PostgreSQL speak plainly, so a relay stands before
each and does to clients what the cluster's servers do; all that follows the handshake is the real server's.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import ssl
import struct
import subprocess
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from shutil import which
from typing import Any

import psycopg

from core.settings import Settings
from deploy.docker import certificates
from deploy.embedded.spawn import spawn_options, unprivileged_account
from tests.support.keys import keys_file
from tests.support.stack import free_port, open_folder, running
from tests.support.whole_stack import ROOT

PG_HBA = ROOT / "deploy/docker/pg_hba.conf"


def issued(folder: Path) -> Path:
    """The cluster's certificates in a folder that belongs to whoever runs the tests."""
    certificates.issue(folder, {}, now=datetime.now(UTC), hand_over=False)
    return folder


@dataclass(frozen=True)
class SecureDatabase:
    """Where a database answers that takes nothing but TLS."""

    port: int
    password: str
    name: str = "artisan"

    def address(self, host: str = "postgres") -> str:
        """As the cluster's processes know it, by a name that leads to loopback."""
        return f"postgresql+psycopg://artisan:{self.password}@{host}:{self.port}/{self.name}?hostaddr=127.0.0.1"


def server_with_tls() -> Path | None:
    """The folder of a PostgreSQL on this machine that was built with TLS; the wheel's was built without."""
    for config in (*sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_config"), reverse=True), which("pg_config")):
        if config is not None and (Path(config).parent / "initdb").exists():
            told = subprocess.run([str(config), "--configure"], capture_output=True, text=True, check=False).stdout
            if "openssl" in told:
                return Path(config).parent
    return None


@contextlib.contextmanager
def secure_postgres(binaries: Path, certificate: Path) -> Iterator[SecureDatabase]:
    """A server with the certificate and the access rules of the cluster's. Beside TLS it listens on its socket."""
    account, port, password = unprivileged_account(), free_port(), "artisan"
    with open_folder() as home:
        for source in (certificate / "cert.pem", certificate / "key.pem", PG_HBA):
            shutil.copy(source, home / source.name)
            (home / source.name).chmod(0o600)
        (home / "password").write_text(password)
        for path in (home, *home.iterdir()):
            if account is not None:
                os.chown(path, account.uid, account.gid)
        own = {"cwd": home, **spawn_options(account, on_orphan=signal.SIGQUIT)}
        data = home / "data"
        initialise = [
            str(binaries / "initdb"),
            f"--pgdata={data}",
            "--username=artisan",
            f"--pwfile={home / 'password'}",
        ]
        subprocess.run([*initialise, "--auth=scram-sha-256", "--no-sync"], check=True, capture_output=True, **own)
        command = [
            str(binaries / "postgres"),
            *("-D", str(data), "-p", str(port), "-k", str(home), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"),
            *("--ssl=on", "--ssl_min_protocol_version=TLSv1.2", f"--ssl_cert_file={home / 'cert.pem'}"),
            *(f"--ssl_key_file={home / 'key.pem'}", f"--hba_file={home / PG_HBA.name}"),
        ]
        inside = f"host={home} port={port} user=artisan password={password} dbname=postgres"

        def ready() -> bool:
            try:
                with psycopg.connect(inside, autocommit=True, connect_timeout=2) as connection:
                    connection.execute("create database artisan")
            except psycopg.OperationalError:
                return False
            return True

        with running(command, home / "log", ready, stop=signal.SIGINT, **own):
            yield SecureDatabase(port, password)


Accept = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bool]]


@contextlib.contextmanager
def _relaying(accept: Accept, to: int, **options: Any) -> Iterator[int]:
    """The port of a relay to another one. On a loop of its own: whoever waits in the test's loop must not stop it."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    relays: set[asyncio.Task[Any]] = set()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        relays.add(task)
        writers = [writer]
        try:
            if await accept(reader, writer):
                inward, outward = await asyncio.open_connection("127.0.0.1", to)
                writers.append(outward)
                await asyncio.gather(_pump(reader, outward), _pump(inward, writer))
        except (OSError, asyncio.IncompleteReadError):
            pass  # either side went away
        finally:
            for one in writers:
                one.close()
            relays.discard(task)

    async def stop(server: asyncio.Server) -> None:
        server.close()
        for task in relays:
            task.cancel()
        await asyncio.gather(*relays, return_exceptions=True)
        await asyncio.sleep(0)  # closed transports let go of their sockets in the loop's next turn

    starting = asyncio.start_server(relay, "127.0.0.1", 0, **options)
    server = asyncio.run_coroutine_threadsafe(starting, loop).result(10)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        asyncio.run_coroutine_threadsafe(stop(server), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


def _context(certificate: Path, *, asks: bool) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=certificate / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED if asks else ssl.CERT_NONE
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    return context


@contextlib.contextmanager
def secure_relay(certificate: Path, to: int, password: str, name: str = "artisan") -> Iterator[SecureDatabase]:
    """A database behind TLS where the machine has no server that speaks it: the handshake is ours, the rest its own."""
    context = _context(certificate, asks=False)

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        asked = struct.unpack("!ii", await reader.readexactly(8))
        if asked != _WANTS_TLS:
            return False
        writer.write(b"S")
        await writer.start_tls(context)
        return True

    with _relaying(accept, to) as port:
        yield SecureDatabase(port, password, name)


_WANTS_TLS = (8, 80877103)
"""The request that a client sends before everything else."""


@contextlib.contextmanager
def secure_frontend(certificate: Path, to: int) -> Iterator[int]:
    """The port of a Temporal frontend that lets in who shows a certificate of the authority."""
    context = _context(certificate, asks=True)
    context.set_alpn_protocols(["h2"])

    async def accept(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> bool:
        return True

    with _relaying(accept, to, ssl=context) as port:
        yield port


@cache
def _placeholder_files() -> dict[str, str]:
    """For tests whose process belongs to the cluster and connects to nothing."""
    name = str(PG_HBA)
    return {f"{what}_file": name for what in ("database_ca", "temporal_ca", "temporal_cert", "temporal_key")}


def cluster_values() -> dict[str, Any]:
    """The settings without which no process of the cluster starts."""
    return {
        "environment": "cluster",
        "public_url": "https://shop.example",
        "temporal_ui_url": "https://temporal.example",
        **_placeholder_files(),
    }


def settings_of(folder: Path, **values: object) -> Settings:
    """A worker's settings in the cluster."""
    files = {
        "database_ca_file": folder / "worker/ca.pem",
        "temporal_ca_file": folder / "worker/ca.pem",
        "temporal_cert_file": folder / "worker/cert.pem",
        "temporal_key_file": folder / "worker/key.pem",
        "temporal_server_name": "temporal-frontend",
        "keys_file": keys_file(),
    }
    return Settings.model_validate(cluster_values() | files | values)
