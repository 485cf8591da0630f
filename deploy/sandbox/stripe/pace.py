"""How long money takes here: the settings, unless a test or a tour has said otherwise since. Owns these two delays."""

from dataclasses import dataclass

from deploy.sandbox.config import SandboxConfig
from deploy.sandbox.store import Store

_SWITCH = "stripe.pace"
RECIPIENT_SHARE = 0.5
"""Money for an account under the recipient agreement waits a day where that of a charge waits two."""


@dataclass(frozen=True, slots=True)
class Pace:
    store: Store
    config: SandboxConfig

    @property
    def available(self) -> float:
        """Seconds from a charge to its money."""
        return self._seconds("available_seconds", self.config.stripe_available_seconds)

    @property
    def recipient(self) -> float:
        return self.available * RECIPIENT_SHARE

    @property
    def payout(self) -> float:
        """Seconds from a payout's creation until the bank has it."""
        return self._seconds("payout_seconds", self.config.stripe_payout_seconds)

    def shown(self) -> dict[str, float]:
        return {"available_seconds": self.available, "payout_seconds": self.payout}

    def change(self, given: dict[str, object]) -> None:
        """For what begins from now on. Raises `ValueError` in words for the person at the control route."""
        unknown = set(given) - {"available_seconds", "payout_seconds"}
        if unknown:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        if any(not isinstance(value, int | float) or isinstance(value, bool) or value < 0 for value in given.values()):
            raise ValueError("each is a number of seconds, 0 or more")
        self.store.set_switch(_SWITCH, {**self.shown(), **given})

    def _seconds(self, name: str, default: float) -> float:
        return float((self.store.switch(_SWITCH) or {}).get(name, default))
