"""Which fault befalls a partner call or a webhook: by header for one request, once by pattern, or by rate.

Owns the switches and their persistence; what each fault does is up to the door (`door.py`) and the webhooks.
"""

import fnmatch
import random
from dataclasses import dataclass
from typing import Any

from deploy.sandbox.store import Store

CALL_FAULTS = ("timeout_after_success", "error_500", "error_500_after_success")
WEBHOOK_FAULTS = ("webhook_lost", "webhook_doubled", "webhook_late", "webhook_shuffled")
HEADER = "sandbox-fault"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What becomes of one event: how many copies, each how many seconds late; none is a lost one."""

    delays: tuple[float, ...]


class Faults:
    """The switches, kept in the store so that a restart does not forget them."""

    def __init__(self, store: Store, latency_ms: float) -> None:
        self._store = store
        self._default_latency = latency_ms
        self.load()

    def load(self) -> None:
        self.settings = self.checked(self._store.switch("faults") or {})

    def checked(self, given: Any) -> dict[str, Any]:
        """Raises `ValueError` in words for the person at the control route."""
        if not isinstance(given, dict):
            raise ValueError("the faults are a JSON object")
        unknown = set(given) - {"latency_ms", "rates", "timeout_seconds", "once"}
        if unknown:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        rates = given.get("rates", {})
        if not isinstance(rates, dict):
            raise ValueError("rates is an object of fault name and share")
        names = (*CALL_FAULTS, *WEBHOOK_FAULTS)
        for name, rate in rates.items():
            if name not in names:
                raise ValueError(f"unknown fault {name!r}; there are {', '.join(names)}")
            if not isinstance(rate, int | float) or not 0 <= rate <= 1:
                raise ValueError(f"the rate of {name} is a share from 0 to 1")
        once = given.get("once", [])
        if not isinstance(once, list):
            raise ValueError("once is a list of {match, fault, times}")
        for entry in once:
            if (
                not isinstance(entry, dict)
                or entry.get("fault") not in CALL_FAULTS
                or " " not in entry.get("match", "")
            ):
                raise ValueError(
                    'each of once is {"match": "POST /v1/refunds", "fault": NAME, "times": 1}; '
                    f"faults: {', '.join(CALL_FAULTS)}"
                )
        return {
            "latency_ms": float(given.get("latency_ms", self._default_latency)),
            "timeout_seconds": float(given.get("timeout_seconds", 3)),
            "rates": {name: float(rates.get(name, 0)) for name in names},
            "once": [{**entry, "times": int(entry.get("times", 1))} for entry in once],
        }

    def replace(self, given: Any) -> None:
        self.settings = self.checked(given)
        with self._store.transaction():
            self._store.set_switch("faults", self.settings)

    @property
    def latency(self) -> float:
        return float(self.settings["latency_ms"]) / 1000

    @property
    def timeout(self) -> float:
        return float(self.settings["timeout_seconds"])

    def for_call(self, method: str, path: str, header: str | None, *, replay: bool = False) -> str | None:
        """The fault of this call; one of `once` is used up, unless the answer is only being replayed."""
        if header is not None:
            return header if header in CALL_FAULTS else None
        line = f"{method} {path}"
        for entry in self.settings["once"]:
            if not replay and entry["times"] > 0 and fnmatch.fnmatchcase(line, entry["match"]):
                entry["times"] -= 1
                with self._store.transaction():
                    self._store.set_switch("faults", self.settings)
                return str(entry["fault"])
        rates: dict[str, float] = self.settings["rates"]
        dice = random.random()
        for name in CALL_FAULTS:
            dice -= rates[name]
            if dice < 0:
                return name
        return None

    def for_webhook(self, header: str | None) -> Delivery:
        rates: dict[str, float] = self.settings["rates"]

        def happens(name: str) -> bool:
            return header == name or random.random() < rates[name]

        if happens("webhook_lost"):
            return Delivery(())
        delay = random.uniform(3, 10) if happens("webhook_late") else 0.0
        if happens("webhook_shuffled"):
            delay += random.uniform(0, 2)
        if happens("webhook_doubled"):
            return Delivery((delay, delay + random.uniform(0, 1)))
        return Delivery((delay,))
