"""The rules of OAuth 2 and OpenID Connect, by Authlib: decided in memory over `Facts`, noted in an `Outcome`.

Owns which parts of the standards we take part in: codes with PKCE S256 for apps, refresh tokens that rotate, client
credentials for partners. Reads and writes nothing; `service` does that around it, in the request's transaction.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Payload, OAuth2Request
from authlib.oauth2.rfc6749.errors import InvalidRequestError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, ClientCredentialsGrant, RefreshTokenGrant
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9207 import IssuerParameter
from authlib.oidc.core.grants import OpenIDCode
from joserfc import jwt

from activities.signing_keys import ALGORITHM, TOKENS_LAST
from api.oauth.facts import ACCESS_LASTS, CODE_LASTS, Answer, Facts, Outcome, Sent, Tokens
from models.repositories.oauth_clients import ClientRow
from models.repositories.oauth_grants import CodeRow, RefreshRow
from models.repositories.people import PersonRow
from models.rules import redirects
from models.rules.scopes import ALLOWED, ClientKind, Scope, in_order
from models.types import Role

AUDIENCE = "/api/v1/partner"
"""After our own address: what a partner's token is good for."""


def hashed(token: str) -> str:
    """Codes, tokens and secrets are random and long: their plain hash can't be turned back."""
    return hashlib.sha256(token.encode()).hexdigest()


def partner_token(facts: Facts, client: ClientRow, scope: str) -> str:
    """RFC 9068."""
    if facts.signer is None:
        raise LookupError("no key to sign with")
    at = int(facts.now.timestamp())
    header = {"alg": ALGORITHM, "typ": "at+jwt", "kid": facts.signer.kid}
    claims = {
        "iss": facts.issuer,
        "aud": f"{facts.issuer}{AUDIENCE}",
        "sub": client.id,
        "client_id": client.id,
        "iat": at,
        "exp": at + int(TOKENS_LAST.total_seconds()),
        "jti": secrets.token_urlsafe(16),
        "scope": scope,
    }
    return jwt.encode(header, claims, facts.signer.key, [ALGORITHM])


class Client:
    """A client as Authlib asks about it."""

    def __init__(self, row: ClientRow) -> None:
        self.row = row

    def get_client_id(self) -> str:
        return self.row.id

    def get_default_redirect_uri(self) -> None:
        return None  # the request names one, always

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """All or nothing: what is not the client's is refused, not left out. A partner may ask for all it has."""
        allowed = {one.value for one in ALLOWED[self.row.kind]} & set(self.row.scopes)
        asked = set((scope or "").split())
        if not asked and self.row.kind is not ClientKind.APP:
            asked = allowed
        return " ".join(in_order(asked)) if asked and asked <= allowed else None

    def check_redirect_uri(self, uri: str) -> bool:
        return any(redirects.fits(registered, uri) for registered in self.row.redirect_uris)

    def check_client_secret(self, secret: str) -> bool:
        given = hashed(secret)
        return any(hmac.compare_digest(given, one.secret_hash) for one in self.row.secrets)

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        return (method == "none") == (self.row.kind is ClientKind.APP)

    def check_response_type(self, response_type: str) -> bool:
        return self.row.kind is ClientKind.APP and response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        if self.row.kind is ClientKind.APP:
            return grant_type in {"authorization_code", "refresh_token"}
        return grant_type == "client_credentials"


class Code:
    """A code as Authlib asks about it."""

    def __init__(self, row: CodeRow) -> None:
        self.row = row
        self.code_challenge = row.code_challenge
        self.code_challenge_method = "S256"

    def get_redirect_uri(self) -> str:
        return self.row.redirect_uri

    def get_scope(self) -> str:
        return " ".join(self.row.scopes)


class Refresh:
    """A refresh token, or one to be revoked, as Authlib asks about it."""

    def __init__(self, row: RefreshRow) -> None:
        self.row = row

    def check_client(self, client: Client) -> bool:
        return self.row.client_id == client.row.id

    def get_scope(self) -> str:
        return " ".join(self.row.scopes)


class Revocable:
    """A token to be revoked. It was looked up for its client, so it is never another's."""

    def check_client(self, _client: Client) -> bool:
        return True


class Payload(OAuth2Payload):
    def __init__(self, sent: Sent) -> None:
        self._datalist: dict[str, list[str]] = {}
        for name, value in sent.parameters:
            self._datalist.setdefault(name, []).append(value)

    @property
    def data(self) -> Mapping[str, str]:
        return {name: values[0] for name, values in self._datalist.items()}

    @property
    def datalist(self) -> Mapping[str, list[str]]:
        return self._datalist


class Request(OAuth2Request):
    """Raises Authlib's `InsecureTransportError` for an address that is neither https nor loopback."""

    def __init__(self, sent: Sent) -> None:
        super().__init__(sent.method, sent.uri, headers={"Authorization": sent.authorization})
        self.payload = Payload(sent)

    @property
    def form(self) -> Mapping[str, str]:
        return self.payload.data


class CodeGrant(AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ("none",)

    @staticmethod
    def validate_authorization_redirect_uri(request: Request, client: Client) -> str:
        """Named each time, and one of the client's; otherwise the browser goes nowhere."""
        asked: str = request.payload.redirect_uri or ""
        if not client.check_redirect_uri(asked):
            raise InvalidRequestError("This redirect_uri is not one of the client's.")
        return asked

    def generate_authorization_code(self) -> str:
        return secrets.token_urlsafe(32)

    def save_authorization_code(self, code: str, request: Request) -> None:
        facts, proven, data = self.server.facts, self.server.facts.proven, request.payload.data
        self.server.outcome.new_code = CodeRow(
            code_hash=hashed(code),
            client_id=request.client.get_client_id(),
            person_id=proven.person_id,
            redirect_uri=request.payload.redirect_uri,
            scopes=self.server.granted(request.scope),
            code_challenge=data["code_challenge"],
            nonce=data.get("nonce", ""),
            authenticated_at=proven.authenticated_at,
            second_factor=proven.second_factor,
            methods=proven.methods,
            expires_at=facts.now + CODE_LASTS,
        )

    def query_authorization_code(self, _code: str, client: Client) -> Code | None:
        row: CodeRow | None = self.server.facts.code
        if row is None or row.client_id != client.get_client_id():
            return None
        if row.session_id is not None:
            self.server.outcome.replayed = row
            return None
        return Code(row) if self.server.facts.now < row.expires_at else None

    def delete_authorization_code(self, code: Code) -> None:
        """It stays, bound to what it was exchanged for, so that a second use is noticed."""

    def authenticate_user(self, _code: Code) -> PersonRow | None:
        return self.server.facts.person


class RefreshGrant(RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ("none",)
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, _token: str) -> Refresh | None:
        facts, outcome = self.server.facts, self.server.outcome
        row: RefreshRow | None = facts.refresh
        if row is None or row.client_id != self.request.client.get_client_id():
            return None
        if row.used:
            outcome.reused = row
            return None
        if facts.lapsed or facts.now >= row.expires_at:
            outcome.lapsed = row
            return None
        return Refresh(row)

    def authenticate_user(self, _refresh: Refresh) -> PersonRow | None:
        return self.server.facts.person

    def revoke_old_credential(self, refresh: Refresh) -> None:
        """The next one takes its place in the same step."""


class PartnerGrant(ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")


class S256(CodeChallenge):
    """PKCE always, and never `plain`: whoever reads the request could answer it."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)
    LENGTH = 43
    """Of a SHA-256 in base64url."""

    def validate_code_challenge(self, grant: CodeGrant, redirect_uri: str) -> None:
        data = grant.request.payload.data
        if data.get("code_challenge_method") != "S256" or len(data.get("code_challenge", "")) != self.LENGTH:
            raise InvalidRequestError("Send a code_challenge with code_challenge_method S256.")
        super().validate_code_challenge(grant, redirect_uri)


class IdentityToken(OpenIDCode):
    """OpenID Connect: tells an app who allowed it, as far as its scopes go. Prompts are the consent page's."""

    def __init__(self, facts: Facts) -> None:
        super().__init__()
        self.facts = facts

    def __call__(self, grant: CodeGrant) -> None:
        grant.register_hook("after_create_token_response", self.process_token)

    def get_client_algorithm(self, _client: Client) -> str:
        return ALGORITHM

    def get_encode_header(self, _client: Client) -> dict[str, str]:
        return {"alg": ALGORITHM, "typ": "JWT", "kid": self.facts.signer.kid if self.facts.signer else ""}

    def resolve_client_private_key(self, _client: Client) -> Any:
        return self.facts.signer.key if self.facts.signer else None

    def get_compatible_claims(self, request: Request) -> dict[str, Any]:
        at = int(self.facts.now.timestamp())
        return {
            "iss": self.facts.issuer,
            "aud": request.client.get_client_id(),
            "iat": at,
            "exp": at + int(TOKENS_LAST.total_seconds()),
        }

    def get_authorization_code_claims(self, code: Code) -> dict[str, Any]:
        claims: dict[str, Any] = {"auth_time": int(code.row.authenticated_at.timestamp())}
        return claims | ({"nonce": code.row.nonce} if code.row.nonce else {})

    def generate_user_info(self, user: PersonRow, scope: str) -> dict[str, str]:
        return {"sub": user.id, **({"name": user.name} if Scope.PROFILE in scope.split() else {})}


class Issuer(IssuerParameter):
    """RFC 9207: an app that uses several servers sees which one answers."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer

    def get_issuer(self) -> str:
        return self.issuer


class Revocation(RevocationEndpoint):
    """For apps. A partner's token can't be taken back, so it lasts ten minutes."""

    CLIENT_AUTH_METHODS = ("none",)

    def check_params(self, request: Request, _client: Client) -> None:
        if not request.form.get("token"):
            raise InvalidRequestError("Send the token.")

    def query_token(self, _token: str, _hint: str | None) -> Revocable | None:
        return Revocable() if self.server.facts.grant_of_token else None

    def revoke_token(self, _token: Revocable, _request: Request) -> None:
        self.server.outcome.ended = self.server.facts.grant_of_token


class Server(AuthorizationServer):
    """Decides one request."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(scopes_supported=[scope.value for scope in Scope])
        self.facts = facts
        self.outcome = Outcome()
        self.register_grant(CodeGrant, [S256(), IdentityToken(facts)])
        self.register_grant(RefreshGrant)
        self.register_grant(PartnerGrant)
        self.register_endpoint(Revocation)
        self.register_extension(Issuer(facts.issuer))
        self.register_token_generator(
            "default",
            BearerTokenGenerator(_opaque, _opaque, lambda *_: int(ACCESS_LASTS.total_seconds())),
        )
        self.register_token_generator(
            "client_credentials",
            BearerTokenGenerator(self._partner_token, None, lambda *_: int(TOKENS_LAST.total_seconds())),
        )

    def granted(self, scope: str) -> tuple[str, ...]:
        """What a person can give: nobody has a desk but an artisan."""
        has_desk = self.facts.person is not None and self.facts.person.role is Role.ARTISAN
        return tuple(one for one in scope.split() if one != Scope.DESK or has_desk)

    def query_client(self, client_id: str) -> Client | None:
        row = self.facts.client
        return Client(row) if row is not None and row.id == client_id else None

    def save_token(self, token: Mapping[str, Any], request: Request) -> None:
        if "refresh_token" not in token:
            return
        tokens = Tokens(token["access_token"], token["refresh_token"], tuple(token["scope"].split()))
        if request.refresh_token is None:
            self.outcome.opened = tokens
        else:
            self.outcome.continued = tokens

    def create_oauth2_request(self, request: Request) -> Request:
        return request

    def handle_response(self, status: int, body: dict[str, Any] | str, headers: list[tuple[str, str]]) -> Answer:
        return Answer(status, body, dict(headers))

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens."""

    def _partner_token(self, client: Client, scope: str, **_: object) -> str:
        return partner_token(self.facts, client.row, scope)


def _opaque(**_: object) -> str:
    return secrets.token_urlsafe(32)


def access_expiry(now: datetime, ends: datetime) -> datetime:
    """A token never outlives what it is a token of."""
    return min(now + ACCESS_LASTS, ends)
