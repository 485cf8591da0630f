"""Signing in with an account at an outside provider: the way there and back, and what it opens here.

Whether the provider's answer holds is its gateway's to say (`activities.gateways.oidc`). Here is decided whose account
it opens. An address alone opens none: whoever owned it once, or never did, may have registered it.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from pydantic import EmailStr, TypeAdapter, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth import factors
from api.auth.counters import PER_NETWORK
from api.auth.proof import Proof
from api.auth.schemas import Name
from api.auth.service import AuthService, Caller, SignedIn
from core import clock
from core.database import keys_of
from core.keys import KeyErased, UnknownKey
from core.keys import Purpose as KeyPurpose
from core.sealing import Tampered, seal, unseal
from models.audited import Audited
from models.errors import Conflict, Forbidden, InvalidInput, NotFound, PartnerRefused
from models.ports import IdentityProvider, OutsideAnswer, OutsideAttempt, OutsideIdentity
from models.repositories import audit, identities, letters, people, privacy_consents, refusals
from models.repositories import sessions as stored
from models.rules.consents import Purpose
from models.rules.letters import LetterKind
from models.types import Role

WITHIN = timedelta(minutes=10)
"""How long the way to a provider and back may take."""
_EMAIL: TypeAdapter[str] = TypeAdapter(EmailStr)
_NAME: TypeAdapter[str] = TypeAdapter(Name)


class Why(StrEnum):
    """What somebody goes to a provider for."""

    SIGN_IN = "sign_in"
    LINK = "link"
    AGAIN = "again"  # proves again who they are


class AttemptGone(InvalidInput):
    """Nothing here began what came back: too old, used before, or another browser's."""

    code, status = "sign_in_attempt_gone", 400


class Cancelled(InvalidInput):
    code, status = "sign_in_cancelled", 403


class AddressUnverified(Forbidden):
    code = "address_unverified"


class AccountExists(Conflict):
    """The address has an account that this outside account does not open (yet). Its owner signs in and links them."""

    code = "account_exists"


class LinkedElsewhere(Conflict):
    code = "linked_elsewhere"


class LastWayIn(Conflict):
    code = "last_way_in"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One that came back to the browser that began it."""

    code: str
    """The provider's."""
    why: Why
    target: str
    parked: str
    person_id: str | None
    sent: OutsideAttempt


@dataclass(frozen=True)
class OutsideSignIn:
    session: AsyncSession
    auth: AuthService
    providers: Mapping[str, IdentityProvider]
    public_url: str

    def provider(self, code: str) -> IdentityProvider:
        found = self.providers.get(code)
        if found is None:
            raise NotFound("We know no such provider. Sign in another way.")
        return found

    async def begin(
        self, code: str, why: Why, browser: str, caller: Caller, *, target: str = "", parked: str = ""
    ) -> str:
        """Where the browser goes. `browser` is the secret in its cookie. Whoever is known here already has to prove
        at the provider who they are; being remembered there is enough only for coming in.

        Raises `Forbidden` for administrators, `TooManyAttempts`, and what the provider's gateway raises.
        """
        provider, known = self.provider(code), caller.visitor.known
        if why is not Why.SIGN_IN and known is None:
            raise AttemptGone("Sign in first.")
        if known is not None and known.role is Role.ADMINISTRATOR and why is not Why.SIGN_IN:
            raise _not_for_administrators()
        await self.auth.counters.attempt({f"outside from {caller.address}": PER_NETWORK})
        await self.session.commit()  # the provider may be slow to answer
        now = clock.now()
        sent = OutsideAttempt(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            redirect_uri=self._comes_back_to(code),
            begun_at=now,
            again=known is not None,
        )
        url = await provider.authorisation_url(sent)
        state_hash = _hash(sent.state)
        plain = {"nonce": sent.nonce, "verifier": sent.verifier, "again": sent.again, "target": target}
        await identities.begin(
            self.session,
            state_hash,
            browser_hash=_hash(browser),
            provider=code,
            purpose=why,
            person_id=known.id if known is not None and why is not Why.SIGN_IN else None,
            sealed=seal(
                keys_of(self.session),
                KeyPurpose.TOKENS,
                json.dumps({**plain, "parked": parked}).encode(),
                _bound_to(state_hash),
            ),
            now=now,
            expires_at=now + WITHIN,
        )
        return url

    async def take(self, code: str, state: str, browser: str) -> Attempt:
        """Uses the attempt up, whatever becomes of it. Raises `AttemptGone`."""
        state_hash = _hash(state)
        row = await identities.take(
            self.session, state_hash, browser_hash=_hash(browser), provider=code, now=clock.now()
        )
        await self.session.commit()
        if row is None:
            raise _gone()
        try:
            plain = json.loads(unseal(keys_of(self.session), row.sealed, _bound_to(state_hash)))
        except (Tampered, UnknownKey, KeyErased) as error:
            raise _gone() from error
        return Attempt(
            code,
            Why(row.purpose),
            plain["target"],
            plain["parked"],
            row.person_id,
            OutsideAttempt(
                state, plain["nonce"], plain["verifier"], self._comes_back_to(code), row.begun_at, plain["again"]
            ),
        )

    async def identify(
        self, attempt: Attempt, answer: OutsideAnswer, caller: Caller, error: str = ""
    ) -> OutsideIdentity:
        """Who the provider says it is. A refusal is kept for the audit log. Raises `Cancelled`, and what the provider's
        gateway raises."""
        provider = self.provider(attempt.code)
        if error or not answer.code:
            cancelled = error in {"access_denied", "login_required", "consent_required", "interaction_required"}
            raise Cancelled(
                f"You cancelled at {provider.name}. You can start again, or go on in another way."
                if cancelled
                else f"{provider.name} could not say who you are. Try again, or go on in another way."
            )
        try:
            return await provider.identify(attempt.sent, answer)
        except PartnerRefused as refused:
            await refusals.note(
                self.session,
                attempt.person_id or "",
                _method(attempt.code),
                caller.address,
                clock.now(),
                why=str(refused.details.get("code", "")),
            )
            await self.session.commit()
            raise

    async def enter(self, attempt: Attempt, who: OutsideIdentity, caller: Caller) -> SignedIn:
        """Signs in the owner of the outside account, or opens an account for somebody whom nobody here is.

        Raises `AddressUnverified`, `AccountExists`, `Forbidden`, `PasswordFirst`, `SecondFactorNeeded`.
        """
        known = await identities.owner_of(self.session, who.issuer, who.subject)
        person_id = await self._open_account(attempt.code, who) if known is None else known[1]
        await self._refuse_administrators(person_id)
        if known is not None and not await identities.used(self.session, known[0], clock.now()):
            raise _gone()
        await self.auth.may_begin_without_password(person_id)
        return await self.auth.second_step(person_id, Proof((_method(attempt.code),)), caller)

    async def prove_again(self, attempt: Attempt, who: OutsideIdentity, caller: Caller) -> SignedIn:
        """The person who began this has proved it with an account that opens theirs. Raises `Forbidden`,
        `SecondFactorNeeded`, `AttemptGone`."""
        person_id = self._whose(attempt, caller)
        known = await identities.owner_of(self.session, who.issuer, who.subject)
        if known is None or known[1] != person_id:
            name = self.provider(attempt.code).name
            raise Forbidden(
                f"That is another {name} account than the one that opens yours. Choose the right one at {name}, or "
                "confirm it in another way."
            )
        await self._refuse_administrators(person_id)
        if not await identities.used(self.session, known[0], clock.now()):
            raise _gone()
        return await self.auth.second_step(person_id, Proof((_method(attempt.code),)), caller)

    async def link(self, attempt: Attempt, who: OutsideIdentity, caller: Caller) -> str:
        """From now on the outside account opens the person's own, too; the person's id. Linking again what is linked
        changes nothing. Raises `LinkedElsewhere`, `Forbidden`, `AttemptGone`."""
        person_id = self._whose(attempt, caller)
        if caller.visitor.person is None:  # their session came to rest on the way
            raise _gone()
        await self._refuse_administrators(person_id)
        known = await identities.owner_of(self.session, who.issuer, who.subject)
        if known is not None and known[1] == person_id:
            return person_id
        linked = None if known is not None else await self._link(attempt.code, who, person_id)
        if linked is None:
            name = self.provider(attempt.code).name
            raise LinkedElsewhere(
                f"This {name} account opens another account here, or yours is linked to another {name} account. "
                "Unlink that one first."
            )
        await self._note(Audited.IDENTITY_LINKED, person_id, caller, provider=attempt.code)
        await letters.write(self.session, LetterKind.FACTOR_ADDED, person_id, details={"factor": "outside"})
        return person_id

    async def unlink(self, identity_id: str, person_id: str, caller: Caller) -> str:
        """The provider's code. Other sessions of the person end: one of them may have been opened with it.

        Raises `NotFound`, `LastWayIn`.
        """
        has_password, linked = await identities.lock_ways_in(self.session, person_id)
        if identity_id not in dict(linked):
            raise NotFound("There is no such linked account of yours.")
        others = [provider for one, provider in linked if one != identity_id and provider in self.providers]
        if not has_password and not others and "passkey" not in await factors.methods_of(self.session, person_id):
            raise LastWayIn("This is the only way into your account. Set a password or add a passkey first.")
        provider = dict(linked)[identity_id]
        await identities.unlink(self.session, identity_id)
        await stored.revoke_all(self.session, person_id, except_hash=caller.visitor.session_hash)
        await self._note(Audited.IDENTITY_UNLINKED, person_id, caller, provider=provider)
        await letters.write(self.session, LetterKind.FACTOR_REMOVED, person_id, details={"factor": "outside"})
        return provider

    async def _open_account(self, code: str, who: OutsideIdentity) -> str:
        name = self.provider(code).name
        try:
            email = _EMAIL.validate_python(who.email)
        except ValidationError as error:
            raise AddressUnverified(
                f"{name} told us no e-mail address of yours that we can write to, so there is no account to open with "
                "it. Register here with an address, or sign in another way."
            ) from error
        if not who.email_verified:
            raise AddressUnverified(
                f"{name} has not verified your e-mail address yet, so we can't rely on it. Confirm it at {name} and "
                "try again, or register here."
            )
        try:
            called = _NAME.validate_python(who.name)
        except ValidationError:
            called = email.partition("@")[0][:120]
        now = clock.now()
        async with self.session.begin_nested():
            person_id = await people.add_person(self.session, called, email, email_verified_at=now)
            if person_id is None or await self._link(code, who, person_id) is None:
                raise AccountExists(
                    f"There is an account with the address of your {name} account already. Sign in to it once with "
                    f"its password, or ask for a new one there; then you can link {name} and use either."
                )
        await privacy_consents.record(self.session, person_id, {Purpose.TERMS: True}, "outside", now)
        await audit.append(
            self.session,
            Audited.REGISTERED,
            actor=person_id,
            role=Role.CUSTOMER,
            subject=person_id,
            details={"with": _method(code)},
        )
        return person_id

    async def _link(self, code: str, who: OutsideIdentity, person_id: str) -> str | None:
        return await identities.link(
            self.session,
            person_id,
            code,
            issuer=who.issuer,
            subject=who.subject,
            email=who.email[:254],
            now=clock.now(),
        )

    async def _refuse_administrators(self, person_id: str) -> None:
        person = await people.find_person(self.session, person_id)
        if person is None or person.erased:
            raise _gone()
        if person.role is Role.ADMINISTRATOR:
            raise _not_for_administrators()

    async def _note(self, action: Audited, person_id: str, caller: Caller, *, provider: str) -> None:
        known = caller.visitor.known
        await audit.append(
            self.session,
            action,
            actor=person_id,
            role=known.role if known is not None else Role.CUSTOMER,
            subject=person_id,
            details={"provider": provider},
        )

    def _whose(self, attempt: Attempt, caller: Caller) -> str:
        """Who began the attempt, if they are still who uses this browser."""
        known = caller.visitor.known
        if known is None or attempt.person_id != known.id:
            raise _gone()
        return known.id

    def _comes_back_to(self, code: str) -> str:
        return f"{self.public_url.rstrip('/')}/sign-in/with/{code}/callback"


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _bound_to(state_hash: str) -> str:
    return f"sign-in attempt {state_hash}"


def _method(code: str) -> str:
    return f"outside:{code}"


def _gone() -> AttemptGone:
    return AttemptGone(
        "This sign-in is over: it was used before, took more than ten minutes, or was begun in another browser. "
        "Start it again."
    )


def _not_for_administrators() -> Forbidden:
    return Forbidden("Administrators sign in with their password and a second factor, never with an outside account.")
