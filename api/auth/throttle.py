"""Counts writes by whoever sends them, and says under which name a sender is counted.

In this process only, because every write is counted: several API replicas each count for themselves, so that limit is
at most itself times the replicas. Sign-ins and letters are counted for all of them at once, in `counters`.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address
from math import ceil

from fastapi import FastAPI, Request

from models.errors import DomainError


class TooManyAttempts(DomainError):
    code, status = "too_many_attempts", 429


class TooManyRequests(DomainError):
    code, status = "too_many_requests", 429


@dataclass
class Throttle:
    """Allows a number of events in `window` seconds for each key; remembers at most `capacity` keys, so that nobody
    fills the memory with addresses."""

    window: float = 300
    capacity: int = 10_000
    _events: OrderedDict[str, list[float]] = field(default_factory=OrderedDict)

    def spend(self, key: str, limit: int, now: float) -> None:
        """Counts one more. Raises `TooManyRequests` with `retry_after` once there were `limit` in the window."""
        recent = [at for at in self._events.get(key, ()) if at > now - self.window]
        if len(recent) >= limit:
            raise too_many_requests(recent[0] + self.window - now)
        self._events[key] = [*recent, now]
        self._events.move_to_end(key)
        while len(self._events) > self.capacity:
            self._events.popitem(last=False)


def too_many_requests(seconds: float) -> TooManyRequests:
    wait = max(1, ceil(seconds))
    return TooManyRequests(f"That was a lot at once. Wait {span(wait)} and go on.", retry_after=wait)


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
    """One of the application's own counters, which `create_app` made: so far `write` alone."""
    throttle = getattr(app.state, f"{name}_throttle")
    assert isinstance(throttle, Throttle)  # noqa: S101 - set by create_app
    return throttle
