"""Counts what happens too often: failed sign-ins by account and address, and writes by whoever sends them.

In this process only: several API replicas each count for themselves, so a limit is at most itself times the replicas.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address

from fastapi import FastAPI, Request

from models.errors import DomainError


class TooManyAttempts(DomainError):
    code, status = "too_many_attempts", 429


class TooManyRequests(DomainError):
    code, status = "too_many_requests", 429


PER_ACCOUNT = 10
"""From one address; a guesser there cannot lock the owner out elsewhere."""
SLOWED_DOWN = 1.0
"""Seconds that each further try at an account takes, wherever it comes from."""
PER_ADDRESS = 100
"""Many people may share an address: an office, a school, a proxy."""


@dataclass
class Throttle:
    """Allows a number of events in `window` seconds for each key; remembers at most `capacity` keys, so that nobody
    fills the memory with addresses."""

    window: float = 300
    capacity: int = 10_000
    _failures: OrderedDict[str, list[float]] = field(default_factory=OrderedDict)

    def check(self, limits: Mapping[str, int], now: float) -> None:
        """Raises `TooManyAttempts` with `retry_after` in seconds."""
        for key, limit in limits.items():
            recent = self._recent(key, now)
            if len(recent) >= limit:
                wait = max(1, round(recent[0] + self.window - now))
                raise TooManyAttempts(
                    f"Too many sign-ins failed. Wait {span(wait)} and try again.",
                    retry_after=wait,
                )

    def attempt(self, limits: Mapping[str, int], now: float) -> None:
        """Counts as failed what is about to be tried: many at once would all pass a check that none of them has failed
        yet. Who was right is taken back with `succeeded` or `taken_back`. Raises `TooManyAttempts`."""
        self.check(limits, now)
        self.failed(limits, now)

    def taken_back(self, keys: Iterable[str], at: float) -> None:
        """What was counted under these keys at that moment was right after all."""
        for key in keys:
            recent = self._failures.get(key, [])
            if at in recent:
                recent.remove(at)
            if not recent:
                self.succeeded(key)

    def failed(self, keys: Iterable[str], now: float) -> None:
        for key in keys:
            self._failures[key] = [*self._recent(key, now), now]
            self._failures.move_to_end(key)
        while len(self._failures) > self.capacity:
            self._failures.popitem(last=False)

    def failures(self, key: str, now: float) -> int:
        return len(self._recent(key, now))

    def spend(self, key: str, limit: int, now: float) -> None:
        """Counts one more. Raises `TooManyRequests` with `retry_after` once there were `limit` in the window."""
        recent = self._recent(key, now)
        if len(recent) >= limit:
            wait = max(1, round(recent[0] + self.window - now))
            raise TooManyRequests(f"That was a lot at once. Wait {span(wait)} and go on.", retry_after=wait)
        self.failed([key], now)

    def succeeded(self, key: str) -> None:
        self._failures.pop(key, None)

    def _recent(self, key: str, now: float) -> list[float]:
        return [at for at in self._failures.get(key, ()) if at > now - self.window]


def network_of(address: str) -> str:
    """What one household or office has: an IPv4 address, or the 64 bits of IPv6 behind which everybody has more
    addresses than anybody can count. What is no address stays as it is."""
    try:
        known = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(known, IPv4Address):
        return str(known)
    if known.ipv4_mapped is not None:
        return str(known.ipv4_mapped)
    return str(IPv6Address(int(known) >> 64 << 64))


def address_of(request: Request) -> str:
    """Under which name a request's sender is counted."""
    return network_of(request.client.host) if request.client else "unknown"


def span(seconds: int) -> str:
    minutes = -(-seconds // 60)
    return "a minute" if minutes <= 1 else f"{minutes} minutes"


def throttle_of(app: FastAPI, name: str) -> Throttle:
    """One of the application's counters, which `create_app` made: `sign_in`, `write` or `letter`."""
    throttle = getattr(app.state, f"{name}_throttle")
    assert isinstance(throttle, Throttle)  # noqa: S101 - set by create_app
    return throttle
