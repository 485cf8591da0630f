"""The one place that knows where everything in the embedded stack listens and what each process is told.

The supervisor gives this environment to its children; `artisan` commands outside it, tests and tours find a running
stack through the same function.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from core.keys import FileKeyRing
from deploy.embedded import secrets, temporal

DEFAULT_PORT = 8000
STATE_FILE = "stack.json"
COURIERS = {"northpost": "NorthPost", "swiftwheel": "Swiftwheel Local"}
IDENTITY_PROVIDERS = {"lantern": "Lantern", "harbour": "Harbour"}
_KEYS = {
    "postgres_superuser": "",
    "postgres_role": "",
    "stripe_secret_key": "sk_test_",
    "stripe_webhook_secret": "whsec_",
    "mail_api_key": "",
    **{f"{code}_api_key": "" for code in COURIERS},
    **{f"{code}_webhook_secret": "" for code in COURIERS},
    **{f"{code}_client_secret": "" for code in IDENTITY_PROVIDERS},
}


@dataclass(frozen=True)
class Ports:
    """Everything counts up from one number, so that two stacks run side by side."""

    api: int

    @property
    def sandbox(self) -> int:
        return self.api + 1

    @property
    def temporal(self) -> int:
        return self.api + 2

    @property
    def temporal_ui(self) -> int:
        return self.api + 3

    @property
    def postgres(self) -> int:
        return self.api + 4

    @property
    def worker_health(self) -> int:
        return self.api + 5

    def named(self) -> dict[int, str]:
        """Each port with what listens there, for people."""
        return {
            self.api: "the shop",
            self.sandbox: "the partner sandbox",
            self.temporal: "Temporal",
            self.temporal_ui: "Temporal's web pages",
            self.postgres: "PostgreSQL",
            self.worker_health: "the workers' health page",
        }


def home_folder() -> Path:
    """Where state lies: `ARTISAN_HOME`, or `.artisan` in the current folder. Always absolute."""
    return Path(os.environ.get("ARTISAN_HOME", ".artisan")).resolve()


def wanted_port() -> int:
    """The first port of a stack about to start: `PORT`, or 8000. Raises `ValueError` with a plain sentence."""
    given = os.environ.get("PORT", str(DEFAULT_PORT))
    highest = 65535 - 5
    if not given.isdigit() or not 1024 <= int(given) <= highest:
        raise ValueError(f"PORT={given} is no usable port: give a number from 1024 to {highest}, such as PORT=8100")
    return int(given)


def current_port(home: Path) -> int:
    """The first port of the stack that runs, or last ran, in this home; `wanted_port()` where none ever did."""
    state = home / STATE_FILE
    if "PORT" not in os.environ and state.exists():
        return int(json.loads(state.read_text())["port"])
    return wanted_port()


def keys_of(home: Path) -> dict[str, str]:
    """The home's random keys by name; drawn at the first call."""
    return secrets.load_or_create(home, _KEYS)


def environment(home: Path, port: int) -> dict[str, str]:
    """Settings of every process of the stack in `home` whose ports start at `port`; draws its keys if need be."""
    keys = keys_of(home)
    FileKeyRing.create(home / "keys.json")
    ports = Ports(port)
    api = f"http://localhost:{ports.api}"
    sandbox = f"http://localhost:{ports.sandbox}"
    # Between processes an address, not a name: no look-up, and no try of IPv6 first.
    api_inside = f"http://127.0.0.1:{ports.api}"
    sandbox_inside = f"http://127.0.0.1:{ports.sandbox}"
    return {
        "ARTISAN_HOME": str(home),
        "ARTISAN_ENVIRONMENT": "embedded",
        "ARTISAN_ALLOW_TIME_SCALE": "true",
        "ARTISAN_PUBLIC_URL": api,
        "ARTISAN_API_HOST": "127.0.0.1",
        "ARTISAN_API_PORT": str(ports.api),
        "ARTISAN_DATABASE_URL": (
            f"postgresql+psycopg://artisan:{keys['postgres_role']}@127.0.0.1:{ports.postgres}/artisan"
        ),
        "ARTISAN_TEMPORAL_ADDRESS": f"127.0.0.1:{ports.temporal}",
        "ARTISAN_TEMPORAL_NAMESPACE": temporal.NAMESPACE,
        "ARTISAN_TEMPORAL_UI_URL": f"http://localhost:{ports.temporal_ui}",
        "ARTISAN_STRIPE_API_BASE": sandbox_inside,
        "ARTISAN_STRIPE_PAGES_URL": sandbox,
        "ARTISAN_STRIPE_SECRET_KEY": keys["stripe_secret_key"],
        "ARTISAN_STRIPE_WEBHOOK_SECRET": keys["stripe_webhook_secret"],
        "ARTISAN_COURIERS": json.dumps(
            [
                {
                    "code": code,
                    "name": name,
                    "base_url": f"{sandbox_inside}/courier/{code}/v1",
                    "api_key": keys[f"{code}_api_key"],
                    "webhook_secret": keys[f"{code}_webhook_secret"],
                }
                for code, name in COURIERS.items()
            ]
        ),
        "ARTISAN_IDENTITY_PROVIDERS": json.dumps(
            [
                {
                    "code": code,
                    "name": name,
                    # The browser and our server must know the provider by one name, so it is no bare address.
                    "issuer": f"{sandbox}/identity/{code}",
                    "client_id": f"artisanconnect-{code}",
                    "client_secret": keys[f"{code}_client_secret"],
                }
                for code, name in IDENTITY_PROVIDERS.items()
            ]
        ),
        "ARTISAN_BREACHED_PASSWORDS_URL": f"{sandbox_inside}/breaches",
        "ARTISAN_EXCHANGE_RATES_URL": f"{sandbox_inside}/ecb",
        "ARTISAN_MAIL_BASE_URL": f"{sandbox_inside}/mail/v1",
        "ARTISAN_MAIL_API_KEY": keys["mail_api_key"],
        "ARTISAN_WORKER_HEALTH_PORT": str(ports.worker_health),
        "SANDBOX_DB": str(home / "sandbox.db"),
        "SANDBOX_HOST": "127.0.0.1",
        "SANDBOX_PORT": str(ports.sandbox),
        "SANDBOX_PUBLIC_URL": sandbox,
        "SANDBOX_STRIPE_SECRET_KEY": keys["stripe_secret_key"],
        "SANDBOX_STRIPE_WEBHOOK_URL": f"{api_inside}/webhooks/stripe",
        "SANDBOX_STRIPE_WEBHOOK_SECRET": keys["stripe_webhook_secret"],
        # What an operator ticks in Stripe's dashboard: the events that our processes act on.
        "SANDBOX_STRIPE_WEBHOOK_EVENTS": "checkout.session.completed,checkout.session.expired,"
        "payment_intent.payment_failed,payment_intent.canceled,refund.updated,refund.failed,account.updated,"
        "payout.paid,payout.failed,payout.canceled",
        # A charge's money is there after a minute and a payout at the bank a quarter of one later: days, at the pace of
        # a demonstration.
        "SANDBOX_STRIPE_AVAILABLE_SECONDS": "60",
        "SANDBOX_STRIPE_PAYOUT_SECONDS": "15",
        "SANDBOX_COURIERS": json.dumps(
            [
                {
                    "code": code,
                    "name": name,
                    "api_key": keys[f"{code}_api_key"],
                    "webhook_url": f"{api_inside}/webhooks/couriers/{code}",
                    "webhook_secret": keys[f"{code}_webhook_secret"],
                }
                for code, name in COURIERS.items()
            ]
        ),
        # One signs with RSA and tells everything in its token, the other with elliptic curves and at its userinfo
        # endpoint: both ways are played.
        "SANDBOX_IDENTITY_PROVIDERS": json.dumps(
            [
                {
                    "code": code,
                    "name": name,
                    "client_id": f"artisanconnect-{code}",
                    "client_secret": keys[f"{code}_client_secret"],
                    "redirect_uris": [f"{api}/sign-in/with/{code}/callback"],
                    "algorithm": "ES256" if code == "harbour" else "RS256",
                    "userinfo_only": code == "harbour",
                }
                for code, name in IDENTITY_PROVIDERS.items()
            ]
        ),
        "SANDBOX_MAIL_API_KEY": keys["mail_api_key"],
        "SANDBOX_LATENCY_MS": os.environ.get("SANDBOX_LATENCY_MS", "0"),
        "SANDBOX_COURIER_AUTOPILOT_SECONDS": os.environ.get("SANDBOX_COURIER_AUTOPILOT_SECONDS", "20"),
    }


def adopt_running_stack() -> None:
    """Fills this process's environment from the stack in the home, unless it was configured from outside."""
    if "ARTISAN_DATABASE_URL" in os.environ or "SANDBOX_DB" in os.environ:
        return
    home = home_folder()
    for name, value in environment(home, current_port(home)).items():
        os.environ.setdefault(name, value)
