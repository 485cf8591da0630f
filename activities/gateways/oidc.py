"""Outside sign-in providers behind the `IdentityProvider` port: OpenID Connect, authorization code with PKCE.

The only user of Authlib's client. Trusts nothing that a provider says before it is checked: where its endpoints are,
how large its answers, who signed a token, for whom, for which attempt and when. Decides nothing about our accounts.
"""

import asyncio
import base64
import hashlib
import hmac
import ssl
import time
import warnings
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn
from urllib.parse import urlsplit

import httpx
import structlog
from authlib.common.errors import AuthlibBaseError
from authlib.deprecate import AuthlibDeprecationWarning
from joserfc import jwt
from joserfc.errors import ClaimError, InvalidKeyIdError, JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet

from activities.gateways.bounded_http import BoundedTransport
from core import clock
from models.errors import PartnerRefused, PartnerUnavailable
from models.ports import OutsideAnswer, OutsideAttempt, OutsideIdentity

with warnings.catch_warnings():
    # Authlib would rather have httpx's successor; the house speaks httpx.
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    from authlib.integrations.httpx_client import AsyncOAuth2Client

log = structlog.get_logger("gateways.oidc")

ALGORITHMS = ("RS256", "ES256")
"""Public keys only: a token that anybody with our secret could make proves nothing."""
SCOPE = "openid email profile"
DEADLINE = 12.0
"""Seconds for everything that one attempt asks of a provider."""
KEPT = 3600.0
"""Seconds for which discovery and keys are kept."""
LEEWAY = timedelta(seconds=60)
"""How far apart a provider's clock and ours may be."""
MAX_AGE = 60
"""Seconds that a login may be old when somebody has to prove again who they are."""


class OidcProvider:
    """One provider. Made once a process; `aclose` when it drains."""

    def __init__(
        self,
        code: str,
        name: str,
        *,
        issuer: str,
        client_id: str,
        client_secret: str,
        endpoint_origins: tuple[str, ...] = (),
        ask_keys_after: float = 10.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`ask_keys_after`: a token signed by an unknown key makes us fetch the keys anew at most this often."""
        self.code = code
        self.name = name
        self._issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._origins = {_origin(address) for address in (issuer, *endpoint_origins)}
        self._ask_keys_after = ask_keys_after
        self._transport = BoundedTransport(tls=tls)
        self._timeout = httpx.Timeout(6.0, connect=2.0)
        self._http = httpx.AsyncClient(transport=self._transport, timeout=self._timeout, trust_env=False)
        self._discovered: tuple[float, dict[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None

    async def aclose(self) -> None:
        await self._http.aclose()

    async def authorisation_url(self, attempt: OutsideAttempt) -> str:
        async with self._answering():
            document = await self._discovery()
        fresh = {"prompt": "login", "max_age": str(MAX_AGE)} if attempt.again else {}
        url, _ = self._client(attempt).create_authorization_url(
            document["authorization_endpoint"],
            state=attempt.state,
            nonce=attempt.nonce,
            code_verifier=attempt.verifier,
            **fresh,
        )
        return str(url)

    async def identify(self, attempt: OutsideAttempt, answer: OutsideAnswer) -> OutsideIdentity:
        async with self._answering():
            document = await self._discovery()
            named = answer.issuer or (None if document.get(_NAMES_ITSELF) is True else self._issuer)
            if named != self._issuer:
                self._distrust("answer_issuer")
            tokens = await self._exchange(document["token_endpoint"], attempt, answer.code)
            claims = await self._verified(tokens, attempt, document["jwks_uri"])
            if not claims.get("email") and "userinfo_endpoint" in document:
                claims = {**await self._userinfo(document, tokens, claims["sub"]), **claims}
        return self._identity(claims)

    # Talking

    @asynccontextmanager
    async def _answering(self) -> AsyncIterator[None]:
        """Within it the provider has a bounded time, and each way of not answering is `PartnerUnavailable`."""
        try:
            async with asyncio.timeout(DEADLINE):
                yield
        except (TimeoutError, httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise _unavailable(self.name) from error

    def _client(self, attempt: OutsideAttempt) -> Any:
        """Authlib's client keeps the tokens of its last exchange, so each attempt has its own; the connections are
        shared, and closed with `aclose`."""
        return AsyncOAuth2Client(
            client_id=self._client_id,
            client_secret=self._client_secret,
            token_endpoint_auth_method="client_secret_basic",  # noqa: S106 - the name of a method
            scope=SCOPE,
            redirect_uri=attempt.redirect_uri,
            code_challenge_method="S256",
            transport=self._transport,
            timeout=self._timeout,
            trust_env=False,
            follow_redirects=False,
        )

    async def _get(self, address: str, **headers: str) -> dict[str, Any]:
        response = self._checked(await self._http.get(address, headers=headers))
        body = response.json() if response.status_code == 200 else None
        if not isinstance(body, dict):
            self._distrust("unreadable")
        return body

    def _checked(self, response: httpx.Response) -> httpx.Response:
        if response.status_code >= 500 or response.status_code == 429:
            raise _unavailable(self.name)
        if response.is_redirect:
            self._distrust("redirect")
        return response

    async def _discovery(self) -> dict[str, Any]:
        kept = self._discovered
        if kept is not None and kept[0] > time.monotonic():
            return kept[1]
        document = await self._get(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
        if document.get("issuer") != self._issuer:
            self._distrust("discovery_issuer")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"):
            if name == "userinfo_endpoint" and name not in document:
                continue
            address = document.get(name)
            # An address elsewhere would make our server call whatever the document's author likes.
            if not isinstance(address, str) or _origin(address) not in self._origins:
                self._distrust("endpoint_origin")
        self._discovered = (time.monotonic() + KEPT, document)
        return document

    async def _exchange(self, endpoint: str, attempt: OutsideAttempt, code: str) -> dict[str, Any]:
        client = self._client(attempt)
        client.register_compliance_hook("access_token_response", self._checked)
        try:
            tokens = await client.fetch_token(
                endpoint, grant_type="authorization_code", code=code, code_verifier=attempt.verifier
            )
        except AuthlibBaseError as error:
            if error.error in {"invalid_client", "unauthorized_client"}:
                log.error("the provider does not accept our client", provider=self.code)
                raise _unavailable(self.name) from error
            self._distrust("code")
        return dict(tokens)

    async def _userinfo(self, document: Mapping[str, Any], tokens: Mapping[str, Any], subject: str) -> dict[str, Any]:
        told = await self._get(document["userinfo_endpoint"], Authorization=f"Bearer {tokens.get('access_token')}")
        if told.get("sub") != subject:
            self._distrust("userinfo_subject")
        return told

    async def _published(self, address: str, *, anew: bool = False) -> KeySet:
        """The provider's keys. `anew` after a token that none of them signed: it may have rotated them."""
        now, kept = time.monotonic(), self._keys
        if kept is not None and (now - kept[0] < (self._ask_keys_after if anew else KEPT)):
            return kept[1]
        listed = (await self._get(address)).get("keys")
        keys = [key for jwk in listed if (key := _usable(jwk))] if isinstance(listed, list) else []
        self._keys = (now, KeySet(keys))
        return self._keys[1]

    # Checking

    async def _verified(self, tokens: Mapping[str, Any], attempt: OutsideAttempt, jwks: str) -> dict[str, Any]:
        """The claims of an ID token that is signed, ours, of this attempt, and of now."""
        given = tokens.get("id_token")
        if not isinstance(given, str):
            self._distrust("no_token")
        try:
            try:
                token = jwt.decode(given, await self._published(jwks), algorithms=ALGORITHMS)
            except InvalidKeyIdError:
                token = jwt.decode(given, await self._published(jwks, anew=True), algorithms=ALGORITHMS)
            jwt.JWTClaimsRegistry(
                now=int(clock.now().timestamp()),
                leeway=int(LEEWAY.total_seconds()),
                iss={"essential": True, "value": self._issuer},
                aud={"essential": True, "value": self._client_id},
                sub={"essential": True},
                exp={"essential": True},
                iat={"essential": True},
                nonce={"essential": True, "value": attempt.nonce},
            ).validate(token.claims)
        except ClaimError as error:
            self._distrust(f"claim_{error.claim}"[:40])
        except (JoseError, ValueError) as error:
            self._distrust(f"signature_{type(error).__name__}"[:40])
        self._check_party(token.claims)
        self._check_login_time(token.claims, attempt)
        self._check_access_token(token.claims, tokens.get("access_token"))
        return token.claims

    def _check_party(self, claims: Mapping[str, Any]) -> None:
        audience = claims["aud"]
        shared = isinstance(audience, list) and len(audience) > 1
        if claims.get("azp", None if shared else self._client_id) != self._client_id:
            self._distrust("claim_azp")

    def _check_login_time(self, claims: Mapping[str, Any], attempt: OutsideAttempt) -> None:
        if not attempt.again:
            return
        at = claims.get("auth_time")
        if isinstance(at, bool) or not isinstance(at, int | float):
            self._distrust("claim_auth_time")
        if at < (attempt.begun_at - LEEWAY).timestamp():
            raise PartnerRefused(
                f"{self.name} did not ask you again who you are, so this does not count. Confirm it in another way.",
                code="claim_auth_time",
            )

    def _check_access_token(self, claims: Mapping[str, Any], access_token: object) -> None:
        expected = claims.get("at_hash")
        if expected is None:
            return
        half = base64.urlsafe_b64encode(hashlib.sha256(str(access_token).encode()).digest()[:16]).rstrip(b"=")
        if not hmac.compare_digest(str(expected).encode(), half):
            self._distrust("claim_at_hash")

    def _identity(self, claims: Mapping[str, Any]) -> OutsideIdentity:
        subject, email, name, at = (claims.get(field) for field in ("sub", "email", "name", "auth_time"))
        if not isinstance(subject, str) or not 0 < len(subject) <= 255:
            self._distrust("claim_sub")
        return OutsideIdentity(
            issuer=self._issuer,
            subject=subject,
            email=email.strip() if isinstance(email, str) else "",
            # Some providers spell the boolean as a word.
            email_verified=claims.get("email_verified") in (True, "true"),
            name=" ".join(name.split())[:120] if isinstance(name, str) else "",
            logged_in_at=datetime.fromtimestamp(at, UTC) if isinstance(at, int | float) else None,
        )

    def _distrust(self, why: str) -> NoReturn:
        log.warning("a provider's answer can't be relied on", provider=self.code, why=why)
        raise PartnerRefused(
            f"{self.name} answered with something that we can't rely on, so nobody was signed in. Try again; "
            "if it stays, sign in in another way.",
            code=why,
        )


_NAMES_ITSELF = "authorization_response_iss_parameter_supported"


def _unavailable(name: str) -> PartnerUnavailable:
    return PartnerUnavailable(f"{name} can't be reached at the moment. Try again, or sign in in another way.")


def _origin(address: str) -> str:
    """Scheme, host and port; empty for what is no web address."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in {"http", "https"} and parts.netloc else ""


def _usable(jwk: object) -> Key | None:
    """A key for checking signatures; others in the set are none of our business, and neither are broken ones."""
    if not isinstance(jwk, dict) or jwk.get("kty") not in {"RSA", "EC"} or jwk.get("use", "sig") != "sig":
        return None
    try:
        return JWKRegistry.import_key(jwk)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
