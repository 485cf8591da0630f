"""What the cluster refuses to start with, and the certificates that it is given."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from pydantic import ValidationError

from core import tls
from core.settings import Settings, sentences
from deploy import doctor
from deploy.docker import certificates
from tests.support.tls import issued, settings_of

pytestmark = pytest.mark.stack

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cluster's certificates."""
    return issued(tmp_path_factory.mktemp("certificates"))


# Settings


@pytest.mark.parametrize("name", ["database_ca_file", "temporal_ca_file", "temporal_cert_file", "temporal_key_file"])
def test_the_cluster_does_not_start_without(folder: Path, name: str) -> None:
    with pytest.raises(ValidationError, match=rf"ARTISAN_{name.upper()}.*(not set|go together)"):
        settings_of(folder, **{name: None})


COURIER = {"code": "north", "name": "North", "base_url": "http://north.example", "api_key": "k", "webhook_secret": "s"}
PROVIDER = {"code": "lantern", "name": "L", "client_id": "c", "client_secret": "s", "issuer": "https://l.example"}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        *(
            (name, "http://plain.example", f"ARTISAN_{name.upper()}")
            for name in ("public_url", "temporal_ui_url", "stripe_api_base", "stripe_pages_url", "mail_base_url")
        ),
        ("breached_passwords_url", "http://plain.example", "ARTISAN_BREACHED_PASSWORDS_URL"),
        ("couriers", [COURIER], "ARTISAN_COURIERS: base_url of north"),
        ("identity_providers", [PROVIDER | {"issuer": "http://l.example"}], "ARTISAN_IDENTITY_PROVIDERS: issuer"),
        ("identity_providers", [PROVIDER | {"endpoint_origins": ["http://l.example"]}], "endpoint_origins of lantern"),
    ],
)
def test_the_cluster_calls_nobody_without_tls(folder: Path, name: str, value: object, said: str) -> None:
    with pytest.raises(ValidationError, match=said) as refused:
        settings_of(folder, **{name: value})
    assert all("https://" in sentence for sentence in sentences(refused.value))
    Settings.model_validate({name: value})  # on one's own machine it may


def test_the_cluster_serves_nothing_without_a_certificate(folder: Path) -> None:
    with pytest.raises(ValueError, match="ARTISAN_API_CERT_FILE"):
        tls.api_serving(settings_of(folder))
    assert tls.api_serving(Settings()) is None


def test_a_file_that_is_not_there_and_half_a_pair_are_named(folder: Path) -> None:
    with pytest.raises(ValidationError, match=r"ARTISAN_PARTNERS_CA_FILE names .*nowhere"):
        Settings.model_validate({"partners_ca_file": folder / "nowhere"})
    with pytest.raises(ValidationError, match="ARTISAN_API_CERT_FILE and ARTISAN_API_KEY_FILE go together"):
        Settings.model_validate({"api_cert_file": folder / "api/cert.pem"})


def test_no_error_of_the_settings_shows_a_secret(folder: Path) -> None:
    with pytest.raises(ValidationError) as refused:
        settings_of(
            folder, database_url="postgresql+psycopg://artisan:hush@postgres/artisan", database_ca_file=None, api_port=0
        )
    with pytest.raises(ValidationError) as unreadable:
        Settings.model_validate({"stripe_secret_key": ["hush"], "couriers": [{"api_key": "hush"}]})
    for error in (refused.value, unreadable.value):
        assert "hush" not in str(error) + "".join(sentences(error))


# The certificates


def _issue(folder: Path, now: datetime = NOW, **environment: str) -> list[str]:
    return certificates.issue(folder, environment, now=now, hand_over=False)


def test_certificates_are_made_once_and_renewed_in_time(tmp_path: Path) -> None:
    assert _issue(tmp_path) == [certificates.AUTHORITY, *certificates.LEAVES]
    assert _issue(tmp_path) == []
    ca = (tmp_path / "api/ca.pem").read_bytes()
    soon = NOW + certificates.LIFE - certificates.RENEW + timedelta(days=1)
    assert _issue(tmp_path, soon) == list(certificates.LEAVES)
    assert (tmp_path / "api/ca.pem").read_bytes() == ca
    assert _issue(tmp_path, NOW + certificates.AUTHORITY_LIFE)[0] == certificates.AUTHORITY
    assert (tmp_path / "api/ca.pem").read_bytes() == (tmp_path / "trust/ca.pem").read_bytes() != ca


def test_another_public_address_is_written_into_the_proxys_alone(tmp_path: Path) -> None:
    _issue(tmp_path)
    assert _issue(tmp_path, ARTISAN_PUBLIC_URL="https://shop.example:8443/") == ["proxy"]
    cert = x509.load_pem_x509_certificate((tmp_path / "proxy/cert.pem").read_bytes())
    names = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "shop.example" in names.get_values_for_type(x509.DNSName)


def test_nobody_else_reads_a_private_key(tmp_path: Path) -> None:
    _issue(tmp_path)
    for key in tmp_path.glob("*/key.pem"):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / certificates.AUTHORITY).stat().st_mode) == 0o700
    assert [file.name for file in (tmp_path / certificates.TRUST).iterdir()] == ["ca.pem"]


async def test_the_doctor_says_which_certificate_ends_soon(folder: Path, tmp_path: Path) -> None:
    assert {finding.well for finding in await doctor._certificates(settings_of(folder))} == {True}
    _issue(tmp_path, datetime.now(UTC) - certificates.LIFE + timedelta(days=10))
    found = {finding.about: finding for finding in await doctor._certificates(settings_of(tmp_path))}
    assert found["temporal ca"].well
    assert not found["temporal cert"].well
    assert "certificates.md" in found["temporal cert"].found
