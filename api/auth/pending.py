"""A sign-in between its two steps: what the first one proved, sealed into a token that the second one brings back.

Nothing is stored, and nobody is signed in before the second step. Who replaces a password also ends what was begun with
it: `AuthService.recall` compares.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.auth.proof import Proof
from core import clock
from core.keys import KeyErased, KeyRing, Purpose, UnknownKey
from core.sealing import Tampered, seal, unseal
from models.errors import InvalidInput

WITHIN = timedelta(minutes=5)
_BOUND_TO = "sign-in between two steps"


class SignInTooOld(InvalidInput):
    code, status = "sign_in_too_old", 401


@dataclass(frozen=True, slots=True)
class Pending:
    person_id: str
    proof: Proof
    first_steps: str
    """What they could begin to sign in with; see `models.repositories.factors.first_steps`."""


def remember(ring: KeyRing, waiting: Pending) -> str:
    plain = json.dumps(
        {
            "person": waiting.person_id,
            "methods": waiting.proof.methods,
            "first_steps": waiting.first_steps,
            "at": clock.now().isoformat(),
        }
    )
    return base64.urlsafe_b64encode(seal(ring, Purpose.TOKENS, plain.encode(), _BOUND_TO)).decode()


def recall(ring: KeyRing, token: str) -> Pending:
    """Raises `SignInTooOld` after five minutes, and for anything that is no such token."""
    try:
        kept = json.loads(unseal(ring, base64.urlsafe_b64decode(token.encode()), _BOUND_TO))
    except (Tampered, UnknownKey, KeyErased, binascii.Error, UnicodeEncodeError, ValueError) as error:
        raise too_old() from error
    if clock.now() - datetime.fromisoformat(kept["at"]) >= WITHIN:
        raise too_old()
    return Pending(kept["person"], Proof(tuple(kept["methods"])), kept["first_steps"])


def too_old() -> SignInTooOld:
    return SignInTooOld("This sign-in has waited too long. Start it again.")
