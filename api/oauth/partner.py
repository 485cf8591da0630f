"""A partner's access token (RFC 9068) on the way in: whose it is, and what it is good for.

The signature proves that we made it; the client's row says what it may do now, so what an administrator takes away is
gone at once.
"""

from fastapi import Request
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from activities.signing_keys import ALGORITHM
from api.auth.proof import InsufficientScope
from api.dependencies import Parts
from api.oauth.server import AUDIENCE
from core import clock
from models.errors import DomainError
from models.repositories import oauth_clients, signing_keys
from models.repositories.oauth_clients import Binding

LONGEST = 2_000


class InvalidToken(DomainError):
    code, status = "invalid_token", 401


async def partner_of(request: Request, parts: Parts, scope: str) -> Binding:
    """Raises `InvalidToken`, and `InsufficientScope` when the token or the client lacks `scope`."""
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not value.strip():
        raise InvalidToken("Send a token of yours as Authorization: Bearer. /oauth/token gives you one.")
    issuer = parts.settings.public_url.rstrip("/")
    try:
        claims = await _claims(parts, value.strip(), issuer)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise InvalidToken("This token has expired or was never valid. Ask /oauth/token for a new one.") from error
    client = await oauth_clients.find_binding(parts.reader, str(claims["client_id"]))
    if client is None:
        raise InvalidToken("This client may not call us any more. Ask us why.")
    if scope not in str(claims["scope"]).split() or scope not in client.scopes:
        raise InsufficientScope("Your client has not been given this scope.", scope=scope)
    return client


async def _claims(parts: Parts, value: str, issuer: str) -> dict[str, object]:
    """Raises `JoseError` or one of Python's for anything that is not a token of ours that is still good."""
    if len(value) > LONGEST:
        raise ValueError("too long")
    header = jws.extract_compact(value.encode()).headers()
    now = clock.now()
    public = await signing_keys.find_public(parts.reader, str(header["kid"])[:40], now)
    if public is None or header.get("typ") != "at+jwt":
        raise ValueError("not one of our access tokens")
    token = jwt.decode(value, ECKey.import_key(dict(public)), algorithms=[ALGORITHM])
    jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=0,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": f"{issuer}{AUDIENCE}"},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
        jti={"essential": True},
        client_id={"essential": True},
        scope={"essential": True},
    ).validate(token.claims)
    return token.claims
