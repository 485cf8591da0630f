"""How many letters a stranger can make us write. Counts; what the letters say is not its concern."""

from dataclasses import dataclass

from api.auth.throttle import Throttle

PER_ADDRESS = 100
"""An hour, from one network address: an office or a school registers at once."""
PER_ACCOUNT = 5
"""An hour, to one mailbox."""


@dataclass(frozen=True)
class LetterLimits:
    throttle: Throttle
    """Of an hour."""

    def spend(self, address: str, now: float) -> None:
        """Raises `TooManyRequests`."""
        self.throttle.spend(f"letters from {address}", PER_ADDRESS, now)

    def may_write(self, account: str, now: float) -> bool:
        """False when enough have gone there. Nobody is told: whoever has the mailbox sees what is in it, and nobody
        else is to learn whether there is one."""
        key = f"letters to {account}"
        if self.throttle.failures(key, now) >= PER_ACCOUNT:
            return False
        self.throttle.failed([key], now)
        return True
