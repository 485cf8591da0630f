"""Around the decision: looks up what it rests on, under locks, and writes what came of it, in one transaction.

Owns the order of things and the races: whoever brings the same code or refresh token at the same moment waits, and
then finds it used. What a token opens is a row of `sessions`, so its owner sees and ends it like any other.
"""

import secrets
from dataclasses import dataclass, replace

from authlib.oauth2.rfc6749.errors import OAuth2Error
from sqlalchemy.ext.asyncio import AsyncSession

from activities.signing_keys import signer
from api.oauth.facts import Answer, Facts, Outcome, Proven, Sent, Tokens
from api.oauth.server import CodeGrant, Issuer, Request, Server, access_expiry, hashed
from core import clock
from models.audited import Audited
from models.repositories import audit, letters, oauth_clients, oauth_grants, people
from models.repositories import sessions as stored
from models.repositories.oauth_clients import ClientRow
from models.repositories.oauth_grants import CodeRow, RefreshRow
from models.repositories.people import PersonRow
from models.repositories.sessions import NewSession
from models.rules.letters import LetterKind
from models.rules.proof import LIFETIME, has_lapsed
from models.rules.scopes import Scope

LONGEST = 2_000
"""Characters of one parameter; state and nonce are shorter."""
LONGEST_NONCE = 255


@dataclass(frozen=True, slots=True)
class Consent:
    """A request that the person may allow or refuse."""

    client: ClientRow
    scopes: tuple[str, ...]
    redirect_uri: str
    remembered: bool
    """They have allowed all of it before."""


class Redirected(Exception):
    """The answer is for the app: its redirect address, with an error."""

    def __init__(self, location: str) -> None:
        super().__init__("to the app")
        self.location = location


class Unanswerable(Exception):
    """The request may lead nowhere: we don't know the app, or the address is not one of its."""


@dataclass(frozen=True)
class OAuthService:
    session: AsyncSession
    issuer: str

    async def token(self, sent: Sent) -> Answer:
        """Never raises an OAuth error: it answers one, and what a theft costs is written all the same."""
        if (refused := _unreadable(sent)) is not None:
            return refused
        try:
            request = Request(sent)
        except OAuth2Error as error:
            return _answer(error)
        facts = await self._facts(sent)
        server = Server(facts)
        answer: Answer = server.create_token_response(request)
        return await self._write(facts, server.outcome, answer)

    async def revoke(self, sent: Sent) -> Answer:
        """RFC 7009: an unknown token is as good as a revoked one."""
        if (refused := _unreadable(sent)) is not None:
            return refused
        try:
            request = Request(sent)
        except OAuth2Error as error:
            return _answer(error)
        client = await self._client(sent)
        held = sent.get("token")
        grant = await oauth_grants.grant_of_token(self.session, hashed(held), client.id) if client and held else None
        server = Server(Facts(self.issuer, clock.now(), client=client, grant_of_token=grant))
        answer: Answer = server.create_endpoint_response("revocation", request)
        return await self._write(server.facts, server.outcome, answer)

    async def consent(self, sent: Sent, person_id: str | None) -> Consent:
        """What the page asks. Raises `Redirected`, `Unanswerable`."""
        server, grant = await self._authorise(sent, person_id, None)
        scopes = server.granted(grant.request.scope)
        row: ClientRow = grant.request.client.row
        allowed = await oauth_grants.consented(self.session, person_id, row.id) if person_id else frozenset()
        return Consent(row, scopes, grant.redirect_uri, remembered=set(scopes) <= allowed)

    async def allow(self, sent: Sent, proven: Proven) -> str:
        """Where the person's browser goes now, with a code. Raises `Redirected`, `Unanswerable`."""
        server, grant = await self._authorise(sent, proven.person_id, proven)
        answer: Answer = server.create_authorization_response(grant.request, grant_user=proven.person_id, grant=grant)
        code, person = server.outcome.new_code, server.facts.person
        if code is None or person is None:
            raise Redirected(answer.location)
        await oauth_grants.add_code(self.session, code)
        await oauth_grants.remember_consent(self.session, code.person_id, code.client_id, code.scopes, server.facts.now)
        await audit.append(
            self.session,
            Audited.GRANT_GIVEN,
            actor=code.person_id,
            role=person.role,
            subject=code.client_id,
            details={"scopes": list(code.scopes)},
        )
        return answer.location

    async def refuse(self, sent: Sent, person_id: str) -> str:
        """Where the browser goes when the person said no. Raises `Redirected`, `Unanswerable`."""
        server, grant = await self._authorise(sent, person_id, None)
        answer: Answer = server.create_authorization_response(grant.request, grant_user=None, grant=grant)
        return answer.location

    async def error(self, sent: Sent, code: str) -> str:
        """The app's address with this error, once the request is known to be one of its own."""
        await self._authorise(sent, None, None)
        return _error_location(sent, self.issuer, code)

    async def withdraw(self, person_id: str, role: str, client_id: str) -> bool:
        """A person takes back all that they allowed an app; its tokens end. False when that was nothing."""
        if not await oauth_grants.withdraw(self.session, person_id, client_id):
            return False
        await audit.append(self.session, Audited.GRANT_REVOKED, actor=person_id, role=role, subject=client_id)
        return True

    async def _authorise(self, sent: Sent, person_id: str | None, proven: Proven | None) -> tuple[Server, CodeGrant]:
        client = await self._client(sent)
        person = await people.find_person(self.session, person_id) if person_id else None
        server = Server(Facts(self.issuer, clock.now(), client=client, proven=proven, person=person))
        try:
            grant: CodeGrant = server.get_consent_grant(Request(sent), end_user=person_id)
        except OAuth2Error as error:
            if not error.redirect_uri:
                raise Unanswerable from error
            answer: Answer = server.handle_error_response(None, error)
            Issuer(self.issuer).add_issuer_parameter(server, answer)
            raise Redirected(answer.location) from error
        if _too_long(sent) or len(sent.get("nonce")) > LONGEST_NONCE or sent.get("response_mode") not in {"", "query"}:
            raise Redirected(_error_location(sent, self.issuer, "invalid_request"))
        for name in ("request", "request_uri"):
            if sent.get(name):
                raise Redirected(_error_location(sent, self.issuer, f"{name}_not_supported"))
        if person_id and not server.granted(grant.request.scope):
            raise Redirected(_error_location(sent, self.issuer, "invalid_scope"))
        return server, grant

    async def _client(self, sent: Sent) -> ClientRow | None:
        """One that may still do something."""
        found = await oauth_clients.find(self.session, sent.client_id[:40]) if sent.client_id else None
        return found if found is not None and found.revoked_at is None else None

    async def _facts(self, sent: Sent) -> Facts:
        now = clock.now()
        await oauth_grants.forget_ended(self.session, now)
        facts = Facts(self.issuer, now, client=await self._client(sent))
        match sent.get("grant_type"):
            case "authorization_code" if sent.get("code"):
                code = await oauth_grants.lock_code(self.session, hashed(sent.get("code")))
                person = await self._person(code.person_id) if code else None
                facts = replace(facts, code=code, person=person)
                if code is not None and Scope.OPENID in code.scopes:
                    facts = replace(facts, signer=await signer(self.session, now))
            case "refresh_token" if sent.get("refresh_token"):
                refresh = await oauth_grants.lock_refresh(self.session, hashed(sent.get("refresh_token")))
                person = await self._person(refresh.person_id) if refresh else None
                facts = replace(facts, refresh=refresh, person=person)
                if refresh is not None and person is not None:
                    facts = replace(facts, lapsed=_lapsed(facts, refresh, person))
            case "client_credentials":
                facts = replace(facts, signer=await signer(self.session, now))
        return facts

    async def _person(self, person_id: str) -> PersonRow | None:
        found = await people.find_person(self.session, person_id)
        return found if found is not None and not found.erased else None

    async def _write(self, facts: Facts, outcome: Outcome, answer: Answer) -> Answer:
        if outcome.replayed is not None and outcome.replayed.session_id is not None:
            await self._end(outcome.replayed.session_id, outcome.replayed.client_id, "code_replayed")
        if outcome.reused is not None:
            await self._end_family(outcome.reused)
        if outcome.lapsed is not None:
            await oauth_grants.end_grant(self.session, outcome.lapsed.session_id)
        if outcome.ended is not None and facts.client is not None:
            await self._end(outcome.ended, facts.client.id, "given_up")
        if answer.status != 200:
            return answer
        if outcome.opened is not None and facts.code is not None:
            await self._open(facts, facts.code, outcome.opened)
        if outcome.continued is not None and facts.refresh is not None:
            await self._continue(facts, facts.refresh, outcome.continued)
        return answer

    async def _open(self, facts: Facts, code: CodeRow, tokens: Tokens) -> None:
        if facts.person is None or facts.client is None:
            raise LookupError("a code without its person or client was exchanged")
        ends = code.authenticated_at + LIFETIME[facts.person.role]
        session_id = await stored.open_session(
            self.session,
            NewSession(
                token_hash=hashed(tokens.access),
                csrf_token=secrets.token_urlsafe(32),
                now=facts.now,
                expires_at=access_expiry(facts.now, ends),
                person_id=code.person_id,
                methods=code.methods,
                second_factor=code.second_factor,
                device=facts.client.name,
                client_id=code.client_id,
                scopes=tokens.scopes,
                authenticated_at=code.authenticated_at,
            ),
        )
        await oauth_grants.open_grant(
            self.session, code, session_id, refresh_hash=hashed(tokens.refresh), expires_at=ends, now=facts.now
        )

    async def _continue(self, facts: Facts, refresh: RefreshRow, tokens: Tokens) -> None:
        await oauth_grants.continue_grant(
            self.session,
            refresh,
            token_hash=hashed(tokens.access),
            refresh_hash=hashed(tokens.refresh),
            scopes=tokens.scopes,
            expires_at=access_expiry(facts.now, refresh.expires_at),
            now=facts.now,
        )

    async def _end_family(self, refresh: RefreshRow) -> None:
        """Somebody has a refresh token that was used before: the app, or whoever stole it. Nobody keeps anything."""
        if not await oauth_grants.end_grant(self.session, refresh.session_id):
            return
        await audit.append(
            self.session,
            Audited.REFRESH_REUSED,
            actor=refresh.client_id,
            role="app",
            subject=refresh.person_id,
            details={"session": refresh.session_id},
        )
        await letters.write(self.session, LetterKind.APP_SIGNED_OUT, refresh.person_id)

    async def _end(self, session_id: str, client_id: str, why: str) -> None:
        if await oauth_grants.end_grant(self.session, session_id):
            await audit.append(
                self.session,
                Audited.GRANT_REVOKED,
                actor=client_id,
                role="app",
                subject=session_id,
                details={"why": why},
            )


def _lapsed(facts: Facts, refresh: RefreshRow, person: PersonRow) -> bool:
    """The person's own clock: an app that refreshes by itself is no sign that anybody sits before it."""
    return has_lapsed(
        person.role, facts.now, last_active_at=refresh.last_active_at, authenticated_at=refresh.authenticated_at
    )


def _too_long(sent: Sent) -> bool:
    return any(len(value) > LONGEST for _, value in sent.parameters)


def _unreadable(sent: Sent) -> Answer | None:
    if sent.doubled is not None or _too_long(sent) or any("\x00" in value for _, value in sent.parameters):
        return _refusal("invalid_request", "Send each parameter once, and none longer than needed.")
    if sent.basic is not None and sent.get("client_secret"):
        return _refusal("invalid_request", "Authenticate in one way, not in two.")
    if sent.basic is not None and sent.get("client_id") not in {"", sent.basic[0]}:
        return _refusal("invalid_request", "The client_id is not the one that authenticates.")
    if sent.authorization.lower().startswith("basic ") and sent.basic is None:
        return _refusal("invalid_client", "We can't read this Authorization header.", 401)
    return None


def _refusal(code: str, words: str, status: int = 400) -> Answer:
    return _answer(OAuth2Error(error=code, description=words, status_code=status))


def _answer(error: OAuth2Error) -> Answer:
    status, body, headers = error()
    extra = {"WWW-Authenticate": "Basic"} if status == 401 else {}
    return Answer(status, body, {**dict(headers), **extra})


def _error_location(sent: Sent, issuer: str, code: str) -> str:
    error = OAuth2Error(error=code, redirect_uri=sent.get("redirect_uri"), state=sent.get("state") or None)
    _, _, headers = error()
    answer = Answer(302, "", dict(headers))
    Issuer(issuer).add_issuer_parameter(None, answer)
    return answer.location
