"""The audit log's chain and seals as arithmetic: what is hashed, and what is signed. Standard library only.

The database makes the chain, in a trigger of migration 0007; this is the same rule once more, for whoever checks it.
Text for text: each link hashes the UTF-8 bytes of one JSON array of nine values, separated by a comma and a space,

    [seq, "previous hash", entry id, "at", "actor", "role", "action", "subject", details]

as PostgreSQL writes `jsonb`: hashes in lower-case hexadecimal; `at` in UTC with six decimals and a `Z`; characters
beyond ASCII as they are; `details` an object whose keys are sorted by their length in bytes, then by their bytes.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

GENESIS = bytes(32)
"""What the first link names as the hash before it."""


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of the log at its place in the chain."""

    seq: int
    entry_id: int
    at: datetime
    actor: str
    role: str
    action: str
    subject: str
    details: str
    """As PostgreSQL writes it: `details::text`, or `jsonb_text` of the same values."""

    def text(self, previous_hash: bytes) -> str:
        """What is hashed."""
        words = (self.actor, self.role, self.action, self.subject)
        values = [
            str(self.seq),
            f'"{previous_hash.hex()}"',
            str(self.entry_id),
            f'"{instant_text(self.at)}"',
            *(json.dumps(word, ensure_ascii=False) for word in words),
            self.details,
        ]
        return f"[{', '.join(values)}]"

    def hash(self, previous_hash: bytes) -> bytes:
        """SHA-256, 32 bytes."""
        return hashlib.sha256(self.text(previous_hash).encode()).digest()


def instant_text(at: datetime) -> str:
    """`2026-11-22T15:39:12.000451Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def jsonb_text(details: Mapping[str, Any]) -> str:
    """`details` as PostgreSQL writes it; for texts, whole numbers, truth values and lists of them."""
    ordered = sorted(details.items(), key=lambda item: (len(item[0].encode()), item[0].encode()))
    return json.dumps(dict(ordered), ensure_ascii=False)


def signature(secret: bytes, day: date, up_to_seq: int, head: bytes) -> bytes:
    """A seal: HMAC-SHA256 over the JSON array `["2026-11-21", 1204, "hash of link 1204"]`."""
    sealed = json.dumps([day.isoformat(), up_to_seq, head.hex()])
    return hmac.digest(secret, sealed.encode(), hashlib.sha256)
