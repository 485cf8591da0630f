"""The sandbox's settings, read once from `SANDBOX_*` variables. Owns names, defaults and their validation."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class CourierConfig:
    """One delivery service that the sandbox plays."""

    code: str
    name: str
    api_key: str
    webhook_url: str
    webhook_secret: str


@dataclass(frozen=True, slots=True)
class IdentityConfig:
    """One sign-in provider that the sandbox plays, and the one client that is registered with it."""

    code: str
    name: str
    client_id: str
    client_secret: str
    redirect_uris: tuple[str, ...]
    algorithm: str = "RS256"
    """How its tokens are signed: `RS256` or `ES256`."""
    userinfo_only: bool = False
    """Name and address are told at the userinfo endpoint alone, as the standard has it."""


@dataclass(frozen=True, slots=True)
class SandboxConfig:
    """Everything that differs between two sandboxes."""

    db: Path
    host: str = "127.0.0.1"
    port: int = 8090
    cert_file: Path | None = None
    """What it serves HTTPS with, and the key beside it; neither: plain HTTP."""
    key_file: Path | None = None
    ca_file: Path | None = None
    """Who signed the product's certificate, for callbacks to https addresses. None: the public authorities."""
    public_url: str = ""
    """How a browser reaches this process; without it, host and port."""
    stripe_secret_key: str = "sk_test_sandbox"  # noqa: S105 (a test key of a stand-in, not a secret)
    stripe_webhook_url: str = ""
    """Empty: no endpoint is registered, events are only listed."""
    stripe_webhook_secret: str = "whsec_sandbox"  # noqa: S105 - of the sandbox alone, and no secret
    stripe_webhook_events: frozenset[str] = frozenset()
    """The endpoint's `enabled_events`; empty means all, as Stripe's `*`."""
    stripe_connect_webhook_secret: str = ""
    """Of the endpoint for events of connected accounts; empty: the same as the platform's."""
    stripe_country: str = "US"
    """Where the platform is at home, which decides where it may send money."""
    stripe_settles: frozenset[str] = frozenset()
    """Currencies that the platform has a balance in; charges in others are settled in dollars. Empty: all of them."""
    stripe_available_seconds: float = 2 * 24 * 3600
    """How long a charge stays pending."""
    stripe_payout_seconds: float = 24 * 3600
    """How long a payout is on its way to the bank."""
    couriers: tuple[CourierConfig, ...] = field(default=())
    identity_providers: tuple[IdentityConfig, ...] = field(default=())
    mail_api_key: str = "mail_test_sandbox"
    latency_ms: float = 0
    courier_autopilot_seconds: float = 20
    """A dispatched parcel is delivered by itself after this long; 0: only when told."""

    @property
    def base_url(self) -> str:
        scheme = "https" if self.cert_file else "http"
        return self.public_url.rstrip("/") or f"{scheme}://{self.host}:{self.port}"

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "SandboxConfig":
        """Raises `ValueError` naming the variable that is wrong."""
        default = cls(db=Path())
        db = env.get("SANDBOX_DB", "")
        if not db:
            raise ValueError("SANDBOX_DB must name the file that holds its state")
        return cls(
            db=Path(db),
            host=env.get("SANDBOX_HOST", default.host),
            port=int(_number(env, "SANDBOX_PORT", default.port)),
            cert_file=_file(env, "SANDBOX_CERT_FILE"),
            key_file=_file(env, "SANDBOX_KEY_FILE"),
            ca_file=_file(env, "SANDBOX_CA_FILE"),
            public_url=env.get("SANDBOX_PUBLIC_URL", ""),
            stripe_secret_key=env.get("SANDBOX_STRIPE_SECRET_KEY", default.stripe_secret_key),
            stripe_webhook_url=env.get("SANDBOX_STRIPE_WEBHOOK_URL", ""),
            stripe_webhook_secret=env.get("SANDBOX_STRIPE_WEBHOOK_SECRET", default.stripe_webhook_secret),
            stripe_webhook_events=frozenset(
                name for name in env.get("SANDBOX_STRIPE_WEBHOOK_EVENTS", "").replace(" ", "").split(",") if name
            )
            - {"*"},
            stripe_connect_webhook_secret=env.get("SANDBOX_STRIPE_CONNECT_WEBHOOK_SECRET", ""),
            stripe_country=env.get("SANDBOX_STRIPE_COUNTRY", default.stripe_country),
            stripe_settles=frozenset(env.get("SANDBOX_STRIPE_SETTLES", "").lower().replace(" ", "").split(",")) - {""},
            stripe_available_seconds=_number(env, "SANDBOX_STRIPE_AVAILABLE_SECONDS", default.stripe_available_seconds),
            stripe_payout_seconds=_number(env, "SANDBOX_STRIPE_PAYOUT_SECONDS", default.stripe_payout_seconds),
            couriers=_couriers(env.get("SANDBOX_COURIERS", "[]")),
            identity_providers=_identity_providers(env.get("SANDBOX_IDENTITY_PROVIDERS", "[]")),
            mail_api_key=env.get("SANDBOX_MAIL_API_KEY", default.mail_api_key),
            latency_ms=_number(env, "SANDBOX_LATENCY_MS", default.latency_ms),
            courier_autopilot_seconds=_number(
                env, "SANDBOX_COURIER_AUTOPILOT_SECONDS", default.courier_autopilot_seconds
            ),
        )


def _file(env: Mapping[str, str], name: str) -> Path | None:
    given = env.get(name, "")
    if given and not Path(given).is_file():
        raise ValueError(f"{name} names {given}, and no such file can be read")
    return Path(given) if given else None


def _number(env: Mapping[str, str], name: str, default: float) -> float:
    try:
        value = float(env.get(name) or default)
    except ValueError:
        raise ValueError(f"{name} must be a number, not {env[name]!r}") from None
    if value < 0:
        raise ValueError(f"{name} must not be negative")
    return value


def _couriers(text: str) -> tuple[CourierConfig, ...]:
    try:
        return tuple(CourierConfig(**entry) for entry in json.loads(text))
    except (TypeError, json.JSONDecodeError):
        raise ValueError(
            "SANDBOX_COURIERS must be a JSON list of {code, name, api_key, webhook_url, webhook_secret}"
        ) from None


def _identity_providers(text: str) -> tuple[IdentityConfig, ...]:
    try:
        found = tuple(
            IdentityConfig(**{**entry, "redirect_uris": tuple(entry["redirect_uris"])}) for entry in json.loads(text)
        )
    except (TypeError, KeyError, json.JSONDecodeError):
        raise ValueError(
            "SANDBOX_IDENTITY_PROVIDERS must be a JSON list of {code, name, client_id, client_secret, redirect_uris}"
        ) from None
    if any(provider.algorithm not in {"RS256", "ES256"} for provider in found):
        raise ValueError("SANDBOX_IDENTITY_PROVIDERS: algorithm is RS256 or ES256")
    return found
