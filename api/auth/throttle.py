"""Slows down guessing of passwords: failed sign-ins counted by account and by address, in this process only.

Several API replicas each count for themselves, so the limit is at most the limit times the replicas.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

from models.errors import DomainError


class TooManyAttempts(DomainError):
    code, status = "too_many_attempts", 429


@dataclass
class Throttle:
    """Allows `limit` failures in `window` seconds for one key; remembers at most `capacity` keys."""

    limit: int = 10
    window: float = 300
    capacity: int = 10_000
    _failures: OrderedDict[str, list[float]] = field(default_factory=OrderedDict)

    def check(self, keys: tuple[str, ...], now: float) -> None:
        """Raises `TooManyAttempts` with `retry_after` in seconds."""
        for key in keys:
            recent = self._recent(key, now)
            if len(recent) >= self.limit:
                wait = max(1, round(recent[0] + self.window - now))
                raise TooManyAttempts(
                    f"Too many sign-ins failed. Wait {max(1, round(wait / 60))} minutes and try again.",
                    retry_after=wait,
                )

    def failed(self, keys: tuple[str, ...], now: float) -> None:
        for key in keys:
            self._failures[key] = [*self._recent(key, now), now]
            self._failures.move_to_end(key)
        while len(self._failures) > self.capacity:
            self._failures.popitem(last=False)

    def succeeded(self, key: str) -> None:
        self._failures.pop(key, None)

    def _recent(self, key: str, now: float) -> list[float]:
        return [at for at in self._failures.get(key, ()) if at > now - self.window]
