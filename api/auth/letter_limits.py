"""How many letters a stranger can make us write. Counts; what the letters say is not its concern.

A mailbox must stay reachable for its owner, whoever else asks for letters to it. So each network has a share of its own
in a mailbox, letters that help somebody back in are counted apart from all others, and what a mailbox gets from all
networks together ends far above one share. A network's first letter is counted apart from its further ones: to silence
a fresh network, as its owner's telephone may be, takes as many fresh networks an hour as `ALL_NETWORKS` says, and then
another one every minute. The mailbox then holds as many letters of the last hour, whose links all work.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.throttle import too_many_requests
from core import clock
from models.repositories import rate_limits
from models.repositories.rate_limits import Limit

_HOUR = timedelta(hours=1)
PER_NETWORK = Limit(100, _HOUR)
"""To all mailboxes together: an office or a school registers at once."""
SHARE = Limit(5, _HOUR)
"""From one network to one mailbox."""
ALL_NETWORKS = Limit(60, _HOUR)
"""To one mailbox."""


class Why(StrEnum):
    """Letters that are counted together."""

    BACK_IN = "back in"  # a forgotten password
    REGISTERING = "registering"
    NEW_ADDRESS = "new address"


@dataclass(frozen=True)
class LetterLimits:
    session: AsyncSession

    async def spend(self, network: str) -> None:
        """Commits: what follows may be slow, and others count under the same key. Raises `TooManyRequests`."""
        taken = await rate_limits.take(self.session, f"letters from {network}", PER_NETWORK, clock.now())
        if not taken.allowed:
            raise too_many_requests(taken.wait.total_seconds())
        await self.session.commit()

    async def may_write(self, why: Why, mailbox: str, network: str) -> bool:
        """False when enough have gone there. Nobody is told: whoever has the mailbox sees what is in it, and nobody
        else is to learn whether there is one."""
        now, key = clock.now(), f"{why} letters to {mailbox}"
        share = await rate_limits.take(self.session, f"{key} from {network}", SHARE, now)
        if not share.allowed:
            return False
        together = f"{key}, {'first' if share.used == 1 else 'further'} ones"
        return (await rate_limits.take(self.session, together, ALL_NETWORKS, now)).allowed
