"""A provider's part of OpenID Connect: requests checked, codes given and taken back, tokens issued.

Authorization code flow with PKCE only. Knows no HTTP; `routes` and `page` do.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.jwk import OctKey

from deploy.sandbox.config import IdentityConfig, SandboxConfig
from deploy.sandbox.identity.keys import SigningKeys
from deploy.sandbox.identity.mischief import Mischief
from deploy.sandbox.store import Store

Body = dict[str, Any]
GRANT = "identity.grant"
CODE_SECONDS, TOKEN_SECONDS = 60, 600
ELSEWHERE = "https://elsewhere.example"
DEMO_PEOPLE = {
    "ada@lantern.example": "Ada Marsh",
    "bruno@lantern.example": "Bruno Okafor",
    "chiyo@lantern.example": "Chiyo Tanaka",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A checked authorisation request."""

    redirect_uri: str
    state: str
    nonce: str
    challenge: str
    scope: str
    login_hint: str


class Unanswerable(Exception):
    """The request can't even be answered by a redirect: the client or its address is unknown."""


class OAuthRefusal(Exception):
    """An error of OAuth 2.0: a code for programs and words for people."""

    def __init__(self, error: str, words: str) -> None:
        super().__init__(words)
        self.error = error
        self.words = words


class IdentityMachine:
    def __init__(self, store: Store, config: SandboxConfig) -> None:
        self._store = store
        self._config = config
        self.keys = SigningKeys(store)
        self.mischief = Mischief(store)

    def provider(self, code: str) -> IdentityConfig | None:
        return next((one for one in self._config.identity_providers if one.code == code), None)

    def issuer(self, provider: IdentityConfig) -> str:
        return f"{self._config.base_url}/identity/{provider.code}"

    def discovery(self, provider: IdentityConfig) -> Body:
        issuer, ways = self.issuer(provider), self.mischief.of(provider.code)
        at = f"{ELSEWHERE}/identity/{provider.code}" if "foreign_endpoints" in ways else issuer
        return {
            "issuer": f"{ELSEWHERE}/" if "foreign_discovery" in ways else issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{at}/token",
            "userinfo_endpoint": f"{at}/userinfo",
            "jwks_uri": f"{at}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [provider.algorithm],
            "scopes_supported": ["openid", "email", "profile"],
            "claims_supported": ["sub", "email", "email_verified", "name", "auth_time"],
            "grant_types_supported": ["authorization_code"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            **({"padding": "x" * 2_000_000} if "endless" in ways else {}),
        }

    # Authorisation

    def asked(self, provider: IdentityConfig, query: dict[str, str]) -> Asked:
        """Raises `Unanswerable`; what else is wrong is told by `objection`."""
        redirect_uri = query.get("redirect_uri", "")
        if query.get("client_id") != provider.client_id:
            raise Unanswerable("No application is registered under this client_id.")
        if redirect_uri not in provider.redirect_uris:
            raise Unanswerable("This redirect_uri is not registered for the application.")
        names = ("state", "nonce", "code_challenge", "scope", "login_hint")
        return Asked(redirect_uri, *(query.get(name, "")[:500] for name in names))

    def objection(self, provider: IdentityConfig, asked: Asked, query: dict[str, str]) -> str:
        """The OAuth error to go back with at once, or nothing."""
        if "access_denied" in self.mischief.of(provider.code):
            return "access_denied"
        if query.get("response_type") != "code":
            return "unsupported_response_type"
        if "openid" not in asked.scope.split():
            return "invalid_scope"
        if not asked.challenge or query.get("code_challenge_method") != "S256":
            return "invalid_request"
        if "none" in query.get("prompt", "").split():
            return "login_required"
        return ""

    def grant(self, provider: IdentityConfig, asked: Asked, email: str, name: str) -> str:
        """A code for whoever this is; takes part in the caller's transaction."""
        now = time.time()
        grant = {
            "id": "code_" + secrets.token_urlsafe(24),
            "provider": provider.code,
            "redirect_uri": asked.redirect_uri,
            "nonce": asked.nonce,
            "challenge": asked.challenge,
            "scope": asked.scope,
            "email": email,
            "name": name,
            "auth_time": int(now),
            "expires": now + CODE_SECONDS,
        }
        self._store.put(GRANT, grant, due=now + CODE_SECONDS)
        return str(grant["id"])

    def answer_issuer(self, provider: IdentityConfig) -> str:
        """The `iss` of the way back (RFC 9207)."""
        return ELSEWHERE if "foreign_answer" in self.mischief.of(provider.code) else self.issuer(provider)

    # Tokens

    def check_client(self, provider: IdentityConfig, authorization: str) -> None:
        """HTTP Basic with the client's id and secret. Raises `OAuthRefusal`."""
        expected = base64.b64encode(f"{provider.client_id}:{provider.client_secret}".encode())
        scheme, _, given = authorization.partition(" ")
        if scheme.lower() != "basic" or not hmac.compare_digest(given.strip().encode(), expected):
            raise OAuthRefusal("invalid_client", "The client's id or secret is wrong.")

    def redeem(self, provider: IdentityConfig, form: dict[str, str]) -> Body:
        """Takes a code back and gives tokens for it, once. Raises `OAuthRefusal`."""
        if form.get("grant_type") != "authorization_code":
            raise OAuthRefusal("unsupported_grant_type", "Only authorization_code is supported.")
        grant = self._store.get(GRANT, form.get("code", ""))
        if grant is None or grant["provider"] != provider.code or grant["expires"] < time.time():
            raise OAuthRefusal("invalid_grant", "The code is unknown, was used before, or has expired.")
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if form.get("redirect_uri") != grant["redirect_uri"] or challenge != grant["challenge"]:
            raise OAuthRefusal("invalid_grant", "The code belongs to another request.")
        self._store.delete(grant["id"])
        until = time.time() + TOKEN_SECONDS
        access_token = "at_" + secrets.token_urlsafe(24)
        self._store.put(GRANT, {**grant, "id": access_token, "expires": until}, due=until)
        tokens: Body = {"access_token": access_token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS}
        if "no_token" not in self.mischief.of(provider.code):
            tokens["id_token"] = self._id_token(provider, grant)
        return tokens

    def userinfo(self, provider: IdentityConfig, authorization: str) -> Body:
        """Raises `OAuthRefusal`."""
        scheme, _, token = authorization.partition(" ")
        grant = self._store.get(GRANT, token) if scheme.lower() == "bearer" and token.startswith("at_") else None
        if grant is None or grant["provider"] != provider.code or grant["expires"] < time.time():
            raise OAuthRefusal("invalid_token", "The access token is unknown or has expired.")
        subject = subject_of(provider, grant["email"])
        if "another_in_userinfo" in self.mischief.of(provider.code):
            subject = subject_of(provider, "somebody-else@example.com")
        return {"sub": subject, **self._person(provider, grant)}

    def tick(self, grant: Body) -> None:
        """A code or token has reached its end."""
        self._store.delete(grant["id"])

    def _person(self, provider: IdentityConfig, grant: Body) -> Body:
        ways, scopes = self.mischief.of(provider.code), grant["scope"].split()
        person: Body = {"name": grant["name"]} if "profile" in scopes and grant["name"] else {}
        if "email" in scopes and "no_email" not in ways:
            person |= {"email": grant["email"], "email_verified": "email_unverified" not in ways}
        return person

    def _id_token(self, provider: IdentityConfig, grant: Body) -> str:
        ways, now = self.mischief.of(provider.code), int(time.time())
        claims: Body = {
            "iss": self.issuer(provider),
            "sub": subject_of(provider, grant["email"]),
            "aud": provider.client_id,
            "azp": provider.client_id,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "auth_time": grant["auth_time"],
            "nonce": grant["nonce"],
            **({} if provider.userinfo_only else self._person(provider, grant)),
        }
        wrong: dict[str, Body] = {
            "wrong_nonce": {"nonce": secrets.token_hex(8)},
            "no_nonce": {"nonce": None},
            "wrong_audience": {"aud": "somebody-else", "azp": None},
            "second_audience": {"aud": [provider.client_id, "somebody-else"], "azp": None},
            "wrong_party": {"azp": "somebody-else"},
            "expired": {"iat": now - 7200, "exp": now - 3600},
            "from_tomorrow": {"iat": now + 86_400, "exp": now + 90_000},
            "foreign_issuer": {"iss": ELSEWHERE},
            "no_subject": {"sub": None},
            "old_login": {"auth_time": now - 3600},
            "no_login_time": {"auth_time": None},
        }
        for way in ways:
            claims |= wrong.get(way, {})
        claims = {name: value for name, value in claims.items() if value is not None}
        return self._signed(provider, claims, ways)

    def _signed(self, provider: IdentityConfig, claims: Body, ways: list[str]) -> str:
        if "unsigned" in ways:
            return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(claims)}."
        if "shared_secret" in ways:
            secret = OctKey.import_key(provider.client_secret)
            return jwt.encode({"alg": "HS256"}, claims, secret, algorithms=["HS256"])
        if "forged" in ways:
            return self.keys.forge(provider.code, provider.algorithm, claims)
        kid = secrets.token_hex(8) if "unknown_key" in ways else ""
        return self.keys.sign(provider.code, provider.algorithm, claims, kid=kid)


def subject_of(provider: IdentityConfig, email: str) -> str:
    """The same person has the same subject at one provider, and another one at the next."""
    return hashlib.sha256(f"{provider.code}:{email.lower()}".encode()).hexdigest()[:24]


def _part(value: Body) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
