"""What must hold of the audit log: each entry is what was written, at its place in the chain, and the seals fit.

The chain is computed anew, link by link, as it streams by: the log may be of any length. The links prove that nothing
inside was changed; the seals, whose key is not in the database, that the whole was not written anew and its end not
taken off. What was taken off the end since the last seal is found by neither: the next day's seal closes that gap.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from hmac import compare_digest
from itertools import pairwise
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from core.keys import KeyErased, KeyRing, Purpose, UnknownKey
from deploy.verify.findings import Checked, Rule, checked
from models.rules.audit_chain import GENESIS, Link, signature

SEALED_WITHIN = timedelta(hours=6)
"""After the end of its day; a schedule that was due at ten past midnight has then had time to catch up."""
TOLD = 100
"""Broken links that are kept to be told: a log that is wrong throughout must not fill the memory."""
DAY = timedelta(days=1)

RULES = (
    Rule(
        about="every audit entry is in the chain",
        unit="audit entries",
        count="SELECT count(*) FROM audit_entries",
        broken="""
            SELECT e.id AS subject, e.action, e.actor FROM audit_entries e
            LEFT JOIN audit_chain c ON c.entry_id = e.id WHERE c.entry_id IS NULL ORDER BY e.id
        """,
        says="audit entry {subject} ({action} by {actor}) was put in beside the chain, or its link was taken out",
    ),
)

_LINKS = """
    SELECT c.seq, c.entry_id, c.previous_hash, c.hash, e.id, e.at, e.actor, e.role, e.action, e.subject,
           e.details::text AS details
    FROM audit_chain c LEFT JOIN audit_entries e ON e.id = c.entry_id ORDER BY c.seq
"""
_SEALS = "SELECT day, up_to_seq, hash, key_id, signature FROM audit_seals ORDER BY day"
_FIRST = "SELECT min(at) FROM audit_entries"


@dataclass
class _Walk:
    """Along the chain: where it is, and what was wrong on the way."""

    seq: int = 0
    hash: bytes = GENESIS
    count: int = 0
    broken: list[tuple[str, str]] = field(default_factory=list)

    def step(self, row: Any) -> None:
        if len(self.broken) < TOLD:
            self.broken.extend(self._wrong_with(row))
        self.seq, self.hash, self.count = row.seq, row.hash, self.count + 1

    def _wrong_with(self, row: Any) -> Iterator[tuple[str, str]]:
        subject = f"link {row.seq}"
        if row.seq != self.seq + 1:
            gone = f"link {row.seq - 1} is" if row.seq == self.seq + 2 else f"links {self.seq + 1} to {row.seq - 1} are"
            yield subject, f"{gone} missing from the audit chain"
        elif row.previous_hash != self.hash:
            yield (
                subject,
                f"link {row.seq} of the audit chain (entry {row.entry_id}) does not follow link {self.seq}: "
                "one of them was replaced or moved",
            )
        if row.id is None:
            yield subject, f"audit entry {row.entry_id}, link {row.seq}, was taken out"
            return
        link = Link(row.seq, row.id, row.at, row.actor, row.role, row.action, row.subject, row.details)
        if link.hash(row.previous_hash) != row.hash:
            yield subject, f"audit entry {row.id} is not what was written as link {row.seq}: changed, or moved there"


async def examine(connection: AsyncConnection, keys: KeyRing, now: datetime) -> list[Checked]:
    seals = list(await connection.execute(text(_SEALS)))
    first: datetime | None = (await connection.execute(text(_FIRST))).scalar_one()
    ending_at: Mapping[int, list[Any]] = defaultdict(list)
    for seal in seals:
        ending_at[seal.up_to_seq].append(seal)
    walk = _Walk()
    wrong = [*_rewritten(ending_at[0], 0, GENESIS)]
    async with connection.stream(text(_LINKS), execution_options={"yield_per": 1_000}) as links:
        async for row in links:
            walk.step(row)
            if row.seq in ending_at:
                wrong.extend(_rewritten(ending_at[row.seq], row.seq, row.hash))
    wrong += [
        (str(seal.day), f"the seal of {seal.day} covers {seal.up_to_seq} links, the audit chain ends at {walk.seq}")
        for seal in seals
        if seal.up_to_seq > walk.seq
    ]
    for seal in seals:
        wrong.extend(_badly_signed(keys, seal))
    wrong += _out_of_order(seals)
    wrong += [(str(day), f"{day} has no seal") for day in _missing({seal.day for seal in seals}, first, now)]
    return [
        checked("the audit chain is whole", walk.count, "links", walk.broken),
        checked("audit seals fit the chain", len(seals), "seals", wrong),
    ]


def _rewritten(seals: list[Any], seq: int, hash_: bytes) -> Iterator[tuple[str, str]]:
    for seal in seals:
        if seal.hash != hash_:
            yield str(seal.day), f"the seal of {seal.day} does not fit link {seq}: the chain was rewritten up to there"


def _badly_signed(keys: KeyRing, seal: Any) -> Iterator[tuple[str, str]]:
    name = f"the seal of {seal.day}"
    try:
        key = keys.find(seal.key_id)
    except UnknownKey:
        yield str(seal.day), f"{name} names the key {seal.key_id}, which our key ring does not have"
    except KeyErased:
        yield str(seal.day), f"{name} can't be checked any more: its key {seal.key_id} was erased"
    else:
        expected = signature(key.secret, seal.day, seal.up_to_seq, seal.hash)
        if key.purpose is not Purpose.SEALS or not compare_digest(expected, seal.signature):
            yield str(seal.day), f"{name} was not signed with our key {seal.key_id}"


def _out_of_order(seals: list[Any]) -> list[tuple[str, str]]:
    return [
        (str(seal.day), f"the seal of {seal.day} covers less than that of {before.day}")
        for before, seal in pairwise(seals)
        if seal.up_to_seq < before.up_to_seq
    ]


def _missing(sealed: set[date], first: datetime | None, now: datetime) -> Iterator[date]:
    """Days that should have a seal by now: since the first entry, whoever may have taken seals out since."""
    begins = [] if first is None else [first.astimezone(UTC).date()]
    day = min([*begins, *sealed], default=now.date())
    while datetime.combine(day + DAY, time(), UTC) + SEALED_WITHIN <= now:
        if day not in sealed:
            yield day
        day += DAY
