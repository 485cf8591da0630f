"""All settings of all processes, read once from the environment (prefix `ARTISAN_`) by the composition roots.

Owns names, defaults and validation. Workflow code never reads settings: what it needs stands in its input.
"""

from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from core import tls


class CourierSettings(BaseModel):
    """One delivery service that we hand parcels to."""

    code: str = Field(pattern=r"^[a-z][a-z0-9-]{1,30}$")
    name: str
    base_url: str
    api_key: SecretStr
    webhook_secret: SecretStr


class IdentityProviderSettings(BaseModel):
    """One outside provider that people may sign in with (OpenID Connect)."""

    code: str = Field(pattern=r"^[a-z][a-z0-9-]{1,30}$")
    name: str
    """As the button calls it."""
    issuer: str = Field(pattern=r"^https?://[^\s?#]+$")
    """Exactly as the provider spells it; `/.well-known/openid-configuration` is looked for below it."""
    client_id: str
    client_secret: SecretStr
    endpoint_origins: list[str] = []
    """Where the provider's endpoints may be, beside the issuer's own origin; nothing else is ever called."""


class Settings(BaseSettings):
    """Every value that differs between the embedded run, the tests and a cluster."""

    model_config = SettingsConfigDict(
        env_prefix="ARTISAN_",
        env_nested_delimiter="__",
        extra="ignore",
        # What was given may be a password or a key: an error names the variable alone.
        hide_input_in_errors=True,
    )

    home: Path = Path(".artisan")
    environment: str = Field("embedded", pattern="^(embedded|cluster|test)$")
    public_url: str = "http://localhost:8000"
    api_host: str = "127.0.0.1"
    api_port: int = Field(8000, ge=1, le=65535)
    api_cert_file: Path | None = None
    """What the API serves HTTPS with, and its private key beside it. Neither: plain HTTP, on loopback only."""
    api_key_file: Path | None = None
    log_level: str = "INFO"
    log_json: bool = False

    keys_file: Path | None = None
    """The key ring; `<home>/keys.json` unless set. In the cluster a mounted secret. See `core.keys`."""
    erasures_file: Path | None = None
    """The journal of who has been erased; `<home>/erasures.jsonl` unless set. In the cluster on a volume that outlives
    the database: after a backup is restored, `artisan erasures replay` reads it."""
    step_up_seconds: int = Field(600, ge=60)
    """How long a proof of who somebody is counts as fresh, for what asks for one again."""

    writes_per_minute: int = Field(300, ge=1)
    """How many requests that change something one person, or one unknown browser's address, may send."""

    database_url: str = "postgresql+psycopg://artisan@localhost/artisan"
    """SQLAlchemy address; the driver is always psycopg 3. With an authority's file it says `verify-full`."""
    database_ca_file: Path | None = None
    database_cert_file: Path | None = None
    """For a server that wants a certificate of its clients, too; most are content with the password."""
    database_key_file: Path | None = None
    database_pool_size: int = Field(10, ge=1)

    temporal_address: str = "localhost:7233"
    temporal_namespace: str = "default"
    temporal_ui_url: str = "http://localhost:8233"
    temporal_ca_file: Path | None = None
    """Who signed the frontend's certificate. None: plain, as the embedded server speaks."""
    temporal_cert_file: Path | None = None
    temporal_key_file: Path | None = None
    temporal_server_name: str = ""
    """The name in the frontend's certificate where it is not the host of `temporal_address`."""

    partners_ca_file: Path | None = None
    """Who else signs partners' certificates, beside the public authorities. For partners inside the house."""

    stripe_api_base: str = "https://api.stripe.com"
    stripe_pages_url: str = "https://checkout.stripe.com"
    """Where the provider's hosted payment page is; our pages allow forms to lead there."""
    stripe_secret_key: SecretStr = SecretStr("")
    stripe_webhook_secret: SecretStr = SecretStr("")
    stripe_connect_webhook_secret: SecretStr = SecretStr("")
    """Of the endpoint that listens to connected accounts. Empty where one secret signs for both."""

    couriers: list[CourierSettings] = []

    identity_providers: list[IdentityProviderSettings] = []
    """Empty: nobody is offered to sign in with another account."""

    breached_passwords_url: str = ""
    """A service with the range protocol of Have I Been Pwned; `/range/<five digits>` is asked below it. Empty: nobody
    is asked, and the list that was built with the assets is all we compare with."""

    exchange_rates_url: str = ""
    """Where the European Central Bank's files are, or a copy in their format; `/eurofxref-daily.xml` is asked for below
    it. Empty: nobody is asked, and every price stays in its shop's own currency."""

    mail_base_url: str = ""
    mail_api_key: SecretStr = SecretStr("")
    mail_from: str = "ArtisanConnect <hello@artisanconnect.example>"

    checkout_pay_within_seconds: int | None = Field(None, ge=2)
    """The operator's own reservation time instead of the policy's 15 minutes; frozen into each checkout."""

    allow_time_scale: bool = False
    """Demo accounts may play weeks in minutes. Refused in the cluster: a real buyer's deadline is never shortened."""

    worker_build_id: str = ""
    """Names this build to Temporal, so that running processes stay with the code they began on; see the runbook
    `deploy-a-new-build`. Empty: unversioned, as in the embedded run."""
    worker_health_port: int = 0
    """Where a worker answers `GET /healthz`; 0 means nowhere."""

    @field_validator("identity_providers")
    @classmethod
    def _named_once(cls, given: list[IdentityProviderSettings]) -> list[IdentityProviderSettings]:
        if len({provider.code for provider in given}) < len(given):
            raise ValueError("each provider needs a code of its own")
        return given

    @property
    def keys_path(self) -> Path:
        return self.keys_file or self.home / "keys.json"

    @property
    def erasures_path(self) -> Path:
        return self.erasures_file or self.home / "erasures.jsonl"

    @model_validator(mode="after")
    def _fits_the_environment(self) -> "Settings":
        wrong = list(tls.problems(self))
        if self.environment == "cluster" and self.allow_time_scale:
            wrong.append("ARTISAN_ALLOW_TIME_SCALE must be false in the cluster.")
        if wrong:
            raise ValueError("\n".join(wrong))
        self.database_url = tls.database_address(self)
        return self


def sentences(error: ValidationError) -> list[str]:
    """What is wrong with the settings, a variable a line, without any value."""
    found: list[str] = []
    for one in error.errors(include_input=False, include_url=False):
        said = one["msg"].removeprefix("Value error, ")
        name = "__".join(str(part) for part in one["loc"]).upper()
        found += [f"ARTISAN_{name}: {said}"] if name else said.splitlines()
    return found


@lru_cache
def get_settings() -> Settings:
    """The process's settings; raises `pydantic.ValidationError` naming the wrong variable."""
    return Settings()
