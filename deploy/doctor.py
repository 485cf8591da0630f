"""`artisan doctor`: what is configured, what answers and what is missing. Changes nothing.

Each check says what it found in one line; what is wrong says what to do about it. Comforts that the product can do
without (page assets, a browser for the tests) are reported and never fail the examination.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from textwrap import shorten
from urllib.parse import urlsplit

import httpx
from alembic.script import ScriptDirectory
from cryptography import x509
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from activities.gateways.trust import trusting
from core.keys import FileKeyRing, Purpose, State
from core.settings import Settings, get_settings, sentences
from core.temporal import connect
from core.tls import FILES
from deploy import assets, chromium
from deploy import namespace as namespaces
from models.migrations import alembic_config
from workflows.search_attributes import REGISTRY

_PATIENCE = 5.0
RENEW_BEFORE = 30
"""Days that a certificate should have left."""
RENEW = ": renew it, see deploy/runbooks/certificates.md"


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    about: str
    well: bool
    found: str
    needed: bool = True


Check = Callable[[Settings], Awaitable[list[Finding]]]


def examine() -> int:
    """Prints the report; 1 when something needed is missing, else 0."""
    console = Console(highlight=False, soft_wrap=True)
    try:
        settings = get_settings()
    except ValidationError as problem:
        for sentence in sentences(problem):
            console.print("[red]wrong  [/]", escape(sentence))
        return 1
    findings = asyncio.run(_all(settings))
    for finding in findings:
        mark = "[green]ok     [/]" if finding.well else "[red]missing[/]" if finding.needed else "[yellow]without[/]"
        console.print(f"{mark} {finding.about:<22} ", finding.found, sep="", markup=True)
    wrong = sum(1 for finding in findings if finding.needed and not finding.well)
    console.print(f"\n{wrong} of {len(findings)} need attention" if wrong else "\neverything needed is there")
    return 1 if wrong else 0


async def _all(settings: Settings) -> list[Finding]:
    checks: dict[str, Check] = {
        "database": _database,
        "keys": _keys,
        "certificates": _certificates,
        "temporal": _temporal,
        "payments": _payments,
        "couriers": _couriers,
        "mail": _mail,
        "shop": _shop,
    }
    rows = await asyncio.gather(*(_guarded(about, check, settings) for about, check in checks.items()))
    return [
        Finding("python", sys.version_info >= (3, 11), sys.version.split()[0]),
        Finding("configuration", True, f"{settings.environment}, home {settings.home}"),
        *(finding for row in rows for finding in row),
        *_comforts(),
    ]


async def _guarded(about: str, check: Check, settings: Settings) -> list[Finding]:
    """A check that breaks is a finding, and the others still run."""
    try:
        async with asyncio.timeout(_PATIENCE * 2):
            return await check(settings)
    except Exception as problem:
        reason = str(problem).splitlines()[0] if str(problem) else type(problem).__name__
        return [Finding(about, False, f"no answer: {shorten(reason, 160)}. Is it running? (make up)")]


async def _database(settings: Settings) -> list[Finding]:
    engine = create_async_engine(settings.database_url, connect_args={"connect_timeout": int(_PATIENCE)})
    try:
        async with engine.connect() as connection:
            version = (await connection.execute(text("show server_version"))).scalar_one()
            known = (await connection.execute(text("select to_regclass('alembic_version') is not null"))).scalar_one()
            head = (
                (await connection.execute(text("select version_num from alembic_version"))).scalar_one_or_none()
                if known
                else None
            )
    finally:
        await engine.dispose()
    wanted = ScriptDirectory.from_config(alembic_config(settings.database_url)).get_current_head()
    return [
        Finding("database", True, f"PostgreSQL {version} at {_without_password(settings.database_url)}"),
        Finding(
            "schema",
            head == wanted,
            f"at {head}" if head == wanted else f"at {head or 'nothing'}, wanted {wanted}: run `artisan migrate`",
        ),
    ]


async def _keys(settings: Settings) -> list[Finding]:
    path = settings.keys_path
    if not path.exists():
        return [Finding("keys", False, f"no key ring at {path}: `artisan up` makes one, or set ARTISAN_KEYS_FILE")]
    keys = FileKeyRing(path).all()
    lacking = set(Purpose) - {key.purpose for key in keys if key.state is State.CURRENT}
    # A mounted secret has the modes of its mount.
    others = settings.environment != "cluster" and path.stat().st_mode & 0o077
    if lacking or others:
        said = f"no current key for {', '.join(sorted(lacking))}" if lacking else f"others may read {path}: chmod 600"
        return [Finding("keys", False, said)]
    return [Finding("keys", True, f"{len(keys)} in {path}, one current for each of {len(Purpose)} purposes")]


async def _certificates(settings: Settings) -> list[Finding]:
    """Every certificate that this process shows or trusts, and the days that it has left."""
    now, found = datetime.now(UTC), list[Finding]()
    for name in FILES:
        file = getattr(settings, name)
        if file is None or name.endswith("_key_file"):
            continue
        ends = min(one.not_valid_after_utc for one in x509.load_pem_x509_certificates(file.read_bytes()))
        days = (ends - now).days
        said = f"{file} ends in {days} days" if ends > now else f"{file} has ended {-days} days ago"
        well = days >= RENEW_BEFORE
        found.append(Finding(name.removesuffix("_file").replace("_", " "), well, said + ("" if well else RENEW)))
    return found


async def _temporal(settings: Settings) -> list[Finding]:
    async with asyncio.timeout(_PATIENCE):
        client = await connect(settings)
    kept = await namespaces.retention(client)
    missing = await namespaces.missing_attributes(client)
    well = kept >= namespaces.RETENTION
    return [
        Finding("temporal", True, f"answers at {settings.temporal_address}, pages at {settings.temporal_ui_url}"),
        Finding(
            "retention",
            well,
            f"closed runs of `{settings.temporal_namespace}` are kept {kept.days} days"
            + ("" if well else f", wanted {namespaces.RETENTION.days}: run `artisan namespace`"),
        ),
        Finding(
            "search attributes",
            not missing,
            f"all {len(REGISTRY)} registered"
            if not missing
            else f"not registered: {', '.join(missing)}. Run `artisan namespace`",
        ),
    ]


async def _payments(settings: Settings) -> list[Finding]:
    if not settings.stripe_secret_key.get_secret_value():
        return [Finding("payments", False, "no key: set ARTISAN_STRIPE_SECRET_KEY")]
    async with httpx.AsyncClient(timeout=_PATIENCE, verify=trusting(settings.partners_ca_file)) as client:
        answer = await client.get(
            f"{settings.stripe_api_base}/v1/events",
            params={"limit": 1},
            headers={"Authorization": f"Bearer {settings.stripe_secret_key.get_secret_value()}"},
        )
    well = answer.status_code == httpx.codes.OK
    webhook = bool(settings.stripe_webhook_secret.get_secret_value())
    return [
        Finding(
            "payments",
            well,
            f"{settings.stripe_api_base} "
            + ("takes our key" if well else f"answered {answer.status_code}: check ARTISAN_STRIPE_SECRET_KEY"),
        ),
        Finding(
            "payment webhooks",
            webhook,
            "secret set" if webhook else "no secret, every webhook is refused: set ARTISAN_STRIPE_WEBHOOK_SECRET",
        ),
    ]


async def _couriers(settings: Settings) -> list[Finding]:
    if not settings.couriers:
        return [Finding("couriers", False, "none: set ARTISAN_COURIERS")]
    return [
        Finding(f"courier {courier.code}", *await _speaks(settings, courier.base_url, courier.name))
        for courier in settings.couriers
    ]


async def _mail(settings: Settings) -> list[Finding]:
    if not settings.mail_base_url:
        return [Finding("mail", False, "no address: set ARTISAN_MAIL_BASE_URL")]
    return [Finding("mail", *await _speaks(settings, settings.mail_base_url, "the mail service"))]


async def _shop(settings: Settings) -> list[Finding]:
    # Elsewhere in the cluster the door that people come through is the one that counts.
    here = f"http://{settings.api_host}:{settings.api_port}"
    address = settings.public_url.rstrip("/") if settings.environment == "cluster" else here
    well, found = await _speaks(settings, f"{address}/healthz", "the shop")
    return [Finding("shop", well, f"{found}; people open {settings.public_url}")]


async def _speaks(settings: Settings, url: str, name: str) -> tuple[bool, str]:
    """Whether somebody answers HTTP at the address at all, whatever the answer: only an outage is our finding."""
    try:
        async with httpx.AsyncClient(timeout=_PATIENCE, verify=trusting(settings.partners_ca_file)) as client:
            answer = await client.get(url)
    except httpx.TransportError as problem:
        return False, f"{name} does not answer at {url} ({type(problem).__name__})"
    well = answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR
    return well, f"{name} answers at {url}" if well else f"{name} answers {answer.status_code} at {url}"


def _comforts() -> list[Finding]:
    gone = assets.missing()
    browser: Path | None = chromium.find()
    return [
        Finding(
            "page assets",
            not gone,
            "all there" if not gone else f"{', '.join(gone)} not there: `make up` fetches them",
            needed=False,
        ),
        Finding(
            "browser for tests",
            browser is not None,
            str(browser) if browser else "no Chromium: the browser tests would not run",
            needed=False,
        ),
    ]


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}{parts.path}"
