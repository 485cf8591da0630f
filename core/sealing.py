"""Authenticated encryption of small values: AES-256-GCM, the key's id in front, bound to what the value belongs to.

A sealed value is `key id, NUL, 12 bytes nonce, ciphertext with tag`.
"""

import base64
import hashlib
import hmac
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.keys import KeyRing, Purpose

NONCE = 12


class Tampered(ValueError):
    """The value was changed, or belongs to something else."""


def encrypt(secret: bytes, plain: bytes, bound_to: bytes) -> bytes:
    """Nonce and ciphertext under a raw 32-byte key; `bound_to` must be given again to open it."""
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(secret).encrypt(nonce, plain, bound_to)


def decrypt(secret: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    """Raises `Tampered`."""
    try:
        return AESGCM(secret).decrypt(sealed[:NONCE], sealed[NONCE:], bound_to)
    except (InvalidTag, ValueError) as error:
        raise Tampered("this value can't be opened with its key") from error


def seal(ring: KeyRing, purpose: Purpose, plain: bytes, bound_to: str) -> bytes:
    """Seals with the purpose's current key."""
    key = ring.current(purpose)
    return key.id.encode() + b"\0" + encrypt(key.secret, plain, bound_to.encode())


def unseal(ring: KeyRing, sealed: bytes, bound_to: str) -> bytes:
    """Raises `Tampered`, `core.keys.UnknownKey`, `core.keys.KeyErased`."""
    key_id, _, rest = sealed.partition(b"\0")
    return decrypt(ring.find(key_id.decode(errors="replace")).secret, rest, bound_to.encode())


def key_of(sealed: bytes) -> str:
    """The id of the key that sealed it."""
    return sealed.partition(b"\0")[0].decode(errors="replace")


def derived_token(ring: KeyRing, subject: str, key_id: str = "") -> str:
    """A secret that only the ring's holder can compute, the same each time: a retried mail carries the same link.

    `key_id` names the key it was derived under; empty means the current one.
    """
    key = ring.find(key_id) if key_id else ring.current(Purpose.TOKENS)
    return base64.urlsafe_b64encode(hmac.digest(key.secret, subject.encode(), hashlib.sha256)).rstrip(b"=").decode()


def blind_index(ring: KeyRing, value: str) -> str:
    """Finds a sealed value again without opening any: the same value has the same index, and nothing else tells."""
    key = ring.current(Purpose.INDEX)
    return hmac.digest(key.secret, value.encode(), hashlib.sha256).hex()
