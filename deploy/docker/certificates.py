"""`python -m deploy.docker.certificates`: the cluster's private certificate authority and one certificate a service.

Writes one folder a service (`ca.pem`, `cert.pem`, `key.pem`), which nobody else mounts, and keeps the key of the
authority in a folder that no service mounts at all. Run again it renews what ends within sixty days and leaves the rest
alone. Owns names, lifetimes and file modes; what a service does with its files stands in docker-compose.yml.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY = "authority"
TRUST = "trust"
"""A folder with `ca.pem` alone, for who shows nothing of its own."""
AUTHORITY_LIFE = timedelta(days=3650)
LIFE = timedelta(days=397)
"""Browsers take no certificate that lives longer."""
RENEW = timedelta(days=60)
HERE = ("localhost", "127.0.0.1")
INTERNODE = "temporal-internode"
"""The one name by which Temporal's services know each other, whatever address they found."""


@dataclass(frozen=True)
class Leaf:
    """What one service shows."""

    owner: int
    """The account that its container's process has."""
    names: tuple[str, ...] = ()
    """Beside the service's own, at which Compose finds it."""
    client: bool = False
    """Whether it may show the certificate to others: Temporal lets in whoever may."""


PRODUCT, POSTGRES, TEMPORAL, TEMPORAL_UI = 10001, 999, 1000, 5000
LEAVES: dict[str, Leaf] = {
    "postgres": Leaf(POSTGRES),
    "temporal-frontend": Leaf(TEMPORAL, (INTERNODE,), client=True),
    "temporal-history": Leaf(TEMPORAL, (INTERNODE,), client=True),
    "temporal-matching": Leaf(TEMPORAL, (INTERNODE,), client=True),
    "temporal-worker": Leaf(TEMPORAL, (INTERNODE,), client=True),
    "temporal-ui": Leaf(TEMPORAL_UI, HERE, client=True),
    "api": Leaf(PRODUCT, HERE, client=True),
    "worker": Leaf(PRODUCT, client=True),
    "proxy": Leaf(0, HERE),
    "sandbox": Leaf(PRODUCT, HERE),
}
PUBLIC = {"proxy": "ARTISAN_PUBLIC_URL", "sandbox": "SANDBOX_PUBLIC_URL", "temporal-ui": "ARTISAN_TEMPORAL_UI_URL"}
"""Services that browsers open → the variable with their address, whose host the certificate names as well."""


def issue(folder: Path, environment: Mapping[str, str], *, now: datetime, hand_over: bool) -> list[str]:
    """Writes what is missing, ends soon or lacks a name; says what it wrote. `hand_over` gives files to the services'
    accounts, which takes the rights of an administrator. A new authority makes every certificate anew."""
    written: list[str] = []
    authority = folder / AUTHORITY
    authority.mkdir(parents=True, exist_ok=True)
    authority.chmod(0o700)
    ca, ca_key = _stored(authority)
    if ca is None or ca_key is None or ca.not_valid_after_utc - now < LIFE:
        ca, ca_key = _authority(now)
        _write(authority, ca, ca_key, ca, 0 if hand_over else None)
        written.append(AUTHORITY)
    trust = folder / TRUST
    trust.mkdir(exist_ok=True)
    _put(trust / "ca.pem", ca.public_bytes(serialization.Encoding.PEM), 0o644, None)
    for name, leaf in LEAVES.items():
        own = folder / name
        own.mkdir(exist_ok=True)
        names = _names(name, leaf, environment)
        cert, key = _stored(own)
        if cert is not None and key is not None and _still_good(cert, ca, names, now):
            continue
        key = ec.generate_private_key(ec.SECP256R1())
        cert = _certificate(name, names, key, ca, ca_key, client=leaf.client, now=now)
        _write(own, cert, key, ca, leaf.owner if hand_over else None)
        written.append(name)
    return written


def _names(name: str, leaf: Leaf, environment: Mapping[str, str]) -> list[str]:
    public = urlsplit(environment.get(PUBLIC.get(name, ""), "")).hostname
    return list(dict.fromkeys([name, *leaf.names, *([public] if public else [])]))


def _still_good(cert: x509.Certificate, ca: x509.Certificate, names: list[str], now: datetime) -> bool:
    try:
        cert.verify_directly_issued_by(ca)
    except Exception:  # whatever is wrong with it, it is made anew
        return False
    held = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    known = {str(one.value) for one in held}
    return cert.not_valid_after_utc - now > RENEW and known == set(names)


def _authority(now: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"ArtisanConnect cluster, {now:%Y-%m-%d}")])
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    cert = (
        _begun(name, name, key, now, AUTHORITY_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )
    return cert, key


def _certificate(
    name: str,
    names: list[str],
    key: ec.EllipticCurvePrivateKey,
    ca: x509.Certificate,
    ca_key: ec.EllipticCurvePrivateKey,
    *,
    client: bool,
    now: datetime,
) -> x509.Certificate:
    purposes = [ExtendedKeyUsageOID.SERVER_AUTH, *([ExtendedKeyUsageOID.CLIENT_AUTH] if client else [])]
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer = ca.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return (
        _begun(subject, ca.subject, key, now, LIFE)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general_name(one) for one in names]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(signer), critical=False)
        .sign(ca_key, hashes.SHA256())
    )


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # A container's clock may be behind for a moment.
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + life)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _stored(folder: Path) -> tuple[x509.Certificate | None, ec.EllipticCurvePrivateKey | None]:
    try:
        cert = x509.load_pem_x509_certificate((folder / "cert.pem").read_bytes())
        key = serialization.load_pem_private_key((folder / "key.pem").read_bytes(), password=None)
    except FileNotFoundError:
        return None, None
    return cert, key if isinstance(key, ec.EllipticCurvePrivateKey) else None


def _write(
    folder: Path,
    cert: x509.Certificate,
    key: ec.EllipticCurvePrivateKey,
    ca: x509.Certificate,
    owner: int | None,
) -> None:
    """Each file replaces the one before in one step; the certificate last, so that a run cut short is done again."""
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem = serialization.Encoding.PEM
    for name, content, mode in (
        ("key.pem", private, 0o600),
        ("ca.pem", ca.public_bytes(pem), 0o644),
        ("cert.pem", cert.public_bytes(pem), 0o644),
    ):
        _put(folder / name, content, mode, owner)


def _put(path: Path, content: bytes, mode: int, owner: int | None) -> None:
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        os.fchmod(file.fileno(), mode)  # whatever this process's mask says
        if owner is not None:
            os.fchown(file.fileno(), owner, owner)
    beside.replace(path)


def main(arguments: list[str]) -> None:
    if len(arguments) != 1:
        sys.exit("usage: python -m deploy.docker.certificates FOLDER")
    written = issue(Path(arguments[0]), os.environ, now=datetime.now(UTC), hand_over=os.geteuid() == 0)
    print(f"made: {', '.join(written)}" if written else "every certificate is good for sixty days and more")


if __name__ == "__main__":
    main(sys.argv[1:])
