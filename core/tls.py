"""TLS as every process speaks it: whom we trust, what we show, and which settings the cluster can't do without.

Owns what our servers and our database connections need, and the words of a refusal. Names and values of the settings
are `core.settings`'; Temporal's client is `core.temporal`'s, partners' doors are `activities.gateways.trust`'s.
"""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.settings import Settings

NEEDED = {
    "database_ca_file": "the certificate authority that signed PostgreSQL's certificate",
    "temporal_ca_file": "the certificate authority that signed the certificate of Temporal's frontend",
    "temporal_cert_file": "the certificate that this process shows to Temporal",
    "temporal_key_file": "the private key of that certificate",
}
"""Setting → what its file holds. The cluster's processes do not start without them."""
PAIRS = (
    ("database_cert_file", "database_key_file"),
    ("temporal_cert_file", "temporal_key_file"),
    ("api_cert_file", "api_key_file"),
)
FILES = (*NEEDED, "database_cert_file", "database_key_file", "api_cert_file", "api_key_file", "partners_ca_file")


def problems(settings: "Settings") -> Iterator[str]:
    """A sentence for each setting that is wrong, naming its variable and what to do."""
    for name in FILES:
        file = getattr(settings, name)
        if file is not None and not file.is_file():
            yield f"{_variable(name)} names {file}, and no such file can be read. Mount it, or correct it."
    for cert, key in PAIRS:
        if (getattr(settings, cert) is None) != (getattr(settings, key) is None):
            yield f"{_variable(cert)} and {_variable(key)} go together: set both or neither."
    if settings.environment != "cluster":
        return
    for name, what in NEEDED.items():
        if getattr(settings, name) is None:
            yield f"{_variable(name)} is not set, and the cluster speaks TLS only: name the file with {what}."
    for name, address in _addresses(settings):
        if address and not address.startswith("https://"):
            yield f"{name} must begin with https:// in the cluster, and is an address without TLS. Correct it."


def _addresses(settings: "Settings") -> Iterator[tuple[str, str]]:
    """Every address that a process of ours calls, or sends people to, with the name of its variable."""
    for name in (
        "public_url",
        "temporal_ui_url",
        "stripe_api_base",
        "stripe_pages_url",
        "mail_base_url",
        "breached_passwords_url",
        "exchange_rates_url",
    ):
        yield _variable(name), getattr(settings, name)
    for courier in settings.couriers:
        yield f"ARTISAN_COURIERS: base_url of {courier.code}", courier.base_url
    for provider in settings.identity_providers:
        yield f"ARTISAN_IDENTITY_PROVIDERS: issuer of {provider.code}", provider.issuer
        for origin in provider.endpoint_origins:
            yield f"ARTISAN_IDENTITY_PROVIDERS: endpoint_origins of {provider.code}", origin


def _variable(name: str) -> str:
    return f"ARTISAN_{name.upper()}"


def database_address(settings: "Settings") -> str:
    """The database's address with what libpq needs to know about TLS; unchanged without an authority's file.

    It stands in the address, so that whoever connects, by whatever library, checks certificate and host name alike.
    """
    if settings.database_ca_file is None:
        return settings.database_url
    # Every command reads the settings, and few of them need this.
    from sqlalchemy.engine import make_url  # noqa: PLC0415 - only where a database is meant

    wanted = {
        "sslmode": "verify-full",
        "sslrootcert": str(settings.database_ca_file),
        "ssl_min_protocol_version": "TLSv1.2",
        # The other way to encrypt would be taken first where a ticket is at hand, and knows nothing of our authority.
        "gssencmode": "disable",
    }
    if settings.database_cert_file is not None and settings.database_key_file is not None:
        wanted |= {"sslcert": str(settings.database_cert_file), "sslkey": str(settings.database_key_file)}
    address = make_url(settings.database_url).update_query_dict(wanted)
    return address.render_as_string(hide_password=False)


def serving(cert_file: Path, key_file: Path) -> ssl.SSLContext:
    """For a server of ours; raises `ssl.SSLError` when certificate and key don't belong together."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    context.load_cert_chain(cert_file, key_file)
    return context


def api_serving(settings: "Settings") -> ssl.SSLContext | None:
    """What the API serves with; None is plain HTTP. Raises `ValueError` in a cluster that has no certificate for it."""
    if settings.api_cert_file is None or settings.api_key_file is None:
        if settings.environment == "cluster":
            raise ValueError(
                "ARTISAN_API_CERT_FILE and ARTISAN_API_KEY_FILE are not set, and the cluster speaks TLS only: "
                "name the files with the API's certificate and its private key."
            )
        return None
    return serving(settings.api_cert_file, settings.api_key_file)
