"""Passkeys (WebAuthn): what a device is asked, and whether its answer proves who somebody is.

A passkey here always checks its user (by finger, face or PIN), so that it is two factors by itself. A challenge is good
once, for five minutes, in the browser that asked for it. What signing in means is `passkey_sign_in`'s.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

import webauthn
from sqlalchemy.ext.asyncio import AsyncSession
from webauthn.helpers import (
    generate_challenge,
    generate_user_handle,
    options_to_json_dict,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from api.auth.visitor import Person
from core import clock
from models.errors import Conflict, InvalidInput
from models.repositories import passkeys as stored
from models.repositories.passkeys import Challenge, Known, NewPasskey

WITHIN = timedelta(minutes=5)
AT_MOST = 20
"""Passkeys of one person."""
LARGEST = 20_000
"""Characters of an answer; a device's own is a tenth of that."""
_LONGEST_ID = 1023
"""Bytes of a credential's id (WebAuthn, section 4)."""
NAME = "ArtisanConnect"

T = TypeVar("T")


class ChallengeGone(InvalidInput):
    """Nothing here asked what is answered: too old, answered before, or another browser's."""

    code, status = "passkey_challenge_gone", 401


class PasskeyRefused(InvalidInput):
    code, status = "passkey_refused", 401


class PasskeyCopied(PasskeyRefused):
    """Its counter stands where it has been before: there are two of a kind that there can be only one of."""

    code = "passkey_copied"


class PasskeyTaken(Conflict):
    code = "passkey_taken"


class TooManyPasskeys(Conflict):
    code = "too_many_passkeys"


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Us, as devices know us: a passkey works at this host and nowhere else."""

    id: str
    origin: str

    @classmethod
    def at(cls, public_url: str) -> "RelyingParty":
        parts = urlsplit(public_url)
        standard = {"https": 443, "http": 80}.get(parts.scheme)
        port = f":{parts.port}" if parts.port not in {None, standard} else ""
        return cls(parts.hostname or "", f"{parts.scheme}://{parts.hostname}{port}")


@dataclass(frozen=True, slots=True)
class Answered:
    """A passkey that has proved itself, and what it was asked for."""

    purpose: str
    person_id: str


@dataclass(frozen=True)
class Passkeys:
    session: AsyncSession
    party: RelyingParty

    async def ask_to_register(self, person: Person, bound_to: str) -> dict[str, Any]:
        """What a browser hands to `navigator.credentials.create`. Raises `TooManyPasskeys`."""
        known = await stored.known_of(self.session, person.id)
        if len(known) >= AT_MOST:
            raise TooManyPasskeys(f"You have {AT_MOST} passkeys already. Remove one that you no longer use first.")
        handle = known[0].user_handle if known else generate_user_handle()
        challenge = await self._ask(Challenge("register", person.id, handle), bound_to)
        options = webauthn.generate_registration_options(
            rp_id=self.party.id,
            rp_name=NAME,
            user_id=handle,
            user_name=person.email,
            user_display_name=person.name,
            challenge=challenge,
            timeout=int(WITHIN.total_seconds() * 1000),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
            exclude_credentials=[_descriptor(one) for one in known],
        )
        return options_to_json_dict(options)

    async def register(self, person_id: str, name: str, credential: str, bound_to: str) -> str:
        """The new passkey's id. Raises `ChallengeGone`, `PasskeyRefused`, `PasskeyTaken`."""
        given = _read(lambda: parse_registration_credential_json(credential[:LARGEST]))
        sent = _read(lambda: parse_client_data_json(given.response.client_data_json))
        asked = await self._take(sent.challenge, [bound_to])
        if asked.purpose != "register" or asked.person_id != person_id or asked.user_handle is None:
            raise _gone()
        made = _read(
            lambda: webauthn.verify_registration_response(
                credential=given,
                expected_challenge=sent.challenge,
                expected_rp_id=self.party.id,
                expected_origin=self.party.origin,
                require_user_verification=True,
            )
        )
        if sent.cross_origin or len(made.credential_id) > _LONGEST_ID:
            raise refused()
        new = NewPasskey(
            user_handle=asked.user_handle,
            credential_id=made.credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            transports=[one.value for one in given.response.transports or []],
            synced=made.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
        )
        passkey_id = await stored.add(self.session, person_id, name, new, clock.now())
        if passkey_id is None:
            raise PasskeyTaken("This passkey is set up here already.")
        return passkey_id

    async def ask(self, purpose: str, bound_to: str, person_id: str | None = None) -> dict[str, Any]:
        """What a browser hands to `navigator.credentials.get`. Without a person, the device offers whom it knows."""
        allowed = await stored.known_of(self.session, person_id) if person_id else []
        challenge = await self._ask(Challenge(purpose, person_id, None), bound_to)
        options = webauthn.generate_authentication_options(
            rp_id=self.party.id,
            challenge=challenge,
            timeout=int(WITHIN.total_seconds() * 1000),
            allow_credentials=[_descriptor(one) for one in allowed],
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return options_to_json_dict(options)

    async def check(self, credential: str, bound_to: Sequence[str]) -> Answered:
        """Whose passkey it is that answered. Raises `ChallengeGone`, `PasskeyRefused`, `PasskeyCopied`."""
        given = _read(lambda: parse_authentication_credential_json(credential[:LARGEST]))
        sent = _read(lambda: parse_client_data_json(given.response.client_data_json))
        asked = await self._take(sent.challenge, bound_to)
        known = await stored.find(self.session, given.raw_id)
        if known is None:
            raise PasskeyRefused("We don't know this passkey, or it was removed. Sign in another way.")
        if asked.purpose == "register" or not _answers_for(known, asked, given.response.user_handle):
            raise refused()
        # The counter is compared where it is stored: two answers at once would both pass a comparison made here.
        proof = _read(
            lambda: webauthn.verify_authentication_response(
                credential=given,
                expected_challenge=sent.challenge,
                expected_rp_id=self.party.id,
                expected_origin=self.party.origin,
                credential_public_key=known.public_key,
                credential_current_sign_count=0,
                require_user_verification=True,
            )
        )
        if sent.cross_origin:
            raise refused()
        if not await stored.used(self.session, known.id, proof.new_sign_count, clock.now()):
            raise PasskeyCopied(
                "Somebody seems to have a copy of this passkey, so we don't trust it. Sign in another way, remove it, "
                "and set up a new one."
            )
        return Answered(asked.purpose, known.person_id)

    async def _ask(self, challenge: Challenge, bound_to: str) -> bytes:
        question, now = generate_challenge(), clock.now()
        await stored.ask(self.session, _hash(question), challenge, bound_to=bound_to, now=now, expires_at=now + WITHIN)
        return question

    async def _take(self, challenge: bytes, bound_to: Sequence[str]) -> Challenge:
        """Used up whatever comes of it, so this is committed at once; the request has written nothing else yet."""
        asked = await stored.take(self.session, _hash(challenge), bound_to=bound_to, now=clock.now())
        await self.session.commit()
        if asked is None:
            raise _gone()
        return asked


def _answers_for(known: Known, asked: Challenge, handle: bytes | None) -> bool:
    """Whether this passkey was asked. Where nobody in particular was, it has to say itself whose it is."""
    if asked.person_id is not None:
        return known.person_id == asked.person_id and handle in {None, known.user_handle}
    return handle == known.user_handle


def _read(work: Callable[[], T]) -> T:
    """The library's word on what a stranger sent. Whatever it stumbles over is a refusal, not an error of ours."""
    try:
        return work()
    except Exception as error:
        raise refused() from error


def _descriptor(known: Known) -> PublicKeyCredentialDescriptor:
    transports = {one.value for one in AuthenticatorTransport} & set(known.transports)
    return PublicKeyCredentialDescriptor(
        id=known.credential_id, transports=[AuthenticatorTransport(one) for one in sorted(transports)]
    )


def _hash(challenge: bytes) -> str:
    return hashlib.sha256(challenge).hexdigest()


def _gone() -> ChallengeGone:
    return ChallengeGone("That took too long, or was answered before. Press the button again.")


def refused() -> PasskeyRefused:
    return PasskeyRefused("This passkey could not be checked. Try again, or sign in another way.")
