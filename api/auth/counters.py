"""Counts tries at signing in, in the database and so for all replicas at once. What is right is taken back.

Owns the limits; the arithmetic is `models.repositories.rate_limits`'.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.throttle import TooManyAttempts, span
from core import clock
from models.repositories import rate_limits
from models.repositories.rate_limits import Limit

PER_ACCOUNT = Limit(10, timedelta(minutes=5))
"""From one network; a guesser there cannot lock the owner out elsewhere."""
PER_NETWORK = Limit(100, timedelta(minutes=5))
"""Many people may share a network: an office, a school, a proxy."""
SLOWED_DOWN = 1.0
"""Seconds that each further try at an account takes, wherever it comes from."""


@dataclass(frozen=True)
class Counters:
    """What was counted is kept when the session is committed. Do that soon, and before anything slow: whoever else
    counts under the same key waits until then."""

    session: AsyncSession

    async def attempt(self, limits: Mapping[str, Limit], *, what: str = "sign-ins failed") -> None:
        """Counts as failed what is about to be tried: many at once would all pass a look that none of them has failed
        yet. Under all keys or, where one is used up, under none. Raises `TooManyAttempts` with `retry_after`."""
        async with self.session.begin_nested():
            for key, limit in limits.items():
                taken = await rate_limits.take(self.session, key, limit, clock.now())
                if not taken.allowed:
                    raise _too_many(taken.wait, what)

    async def guessed(self, key: str, limit: Limit) -> bool:
        """Counts a try, and refuses none: whether there were enough for everybody to wait from now on."""
        return not (await rate_limits.take(self.session, key, limit, clock.now())).allowed

    async def check(self, limits: Mapping[str, Limit]) -> None:
        """Counts nothing. Raises `TooManyAttempts`."""
        for key, limit in limits.items():
            seen = await rate_limits.look(self.session, key, limit, clock.now())
            if not seen.allowed:
                raise _too_many(seen.wait)

    async def failed(self, limits: Mapping[str, Limit]) -> None:
        """Counts what was refused already, as far as the limit."""
        for key, limit in limits.items():
            await rate_limits.take(self.session, key, limit, clock.now())

    async def taken_back(self, limits: Mapping[str, Limit]) -> None:
        """What was counted once under each of these keys was right after all."""
        for key, limit in limits.items():
            await rate_limits.give_back(self.session, key, limit)

    async def succeeded(self, key: str) -> None:
        """Whoever tries under this key is who they say: nothing of before counts any more."""
        await rate_limits.forget(self.session, key)


def _too_many(wait: timedelta, what: str = "sign-ins failed") -> TooManyAttempts:
    seconds = max(1, ceil(wait.total_seconds()))
    return TooManyAttempts(f"Too many {what}. Wait {span(seconds)} and try again.", retry_after=seconds)
