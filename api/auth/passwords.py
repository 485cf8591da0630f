"""Argon2id in a worker thread: the parameters, and equal time for known and unknown accounts."""

import asyncio
from functools import cache

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

# OWASP's first choice for Argon2id: 19 MiB, two passes, one lane.
_HASHER = PasswordHash((Argon2Hasher(memory_cost=19_456, time_cost=2, parallelism=1),))
_AT_ONCE = asyncio.Semaphore(2)
"""A burst of sign-ins must not take every worker thread, nor 19 MiB times the burst."""


def hash_password(password: str) -> str:
    """Blocks for some 20 ms; request handlers call `hashed`."""
    return _HASHER.hash(password)


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash("an account that does not exist")


async def hashed(password: str) -> str:
    async with _AT_ONCE:
        return await asyncio.to_thread(hash_password, password)


async def matches(password: str, password_hash: str | None) -> tuple[bool, str | None]:
    """Whether it is the password, and a new hash when the stored one uses outdated parameters.

    Without a stored hash it works just as long, so that the answer's delay does not tell who has an account.
    """
    async with _AT_ONCE:
        valid, renewed = await asyncio.to_thread(_verify, password, password_hash)
    return valid and password_hash is not None, renewed if valid and password_hash else None


def _verify(password: str, password_hash: str | None) -> tuple[bool, str | None]:
    return _HASHER.verify_and_update(password, password_hash or _nobodys_hash())
