"""The providers' signing keys: made at first need, published, rotated. Owns the keys; `tokens` says what is signed."""

import secrets
import time
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, KeyParameters, RSAKey

from deploy.sandbox.store import Store

Body = dict[str, Any]
KIND = "identity.key"
PUBLISHED = 2
"""The newest signs; the one before stays published, for tokens that are still on their way."""


class SigningKeys:
    def __init__(self, store: Store) -> None:
        self._store = store

    def published(self, provider: str, algorithm: str) -> Body:
        """The JWK set: public parts only."""
        return {"keys": [_key(kept).as_dict(private=False) for kept in self._kept(provider, algorithm)]}

    def sign(self, provider: str, algorithm: str, claims: Body, *, kid: str = "") -> str:
        """A compact token; `kid` names another key in the header than the one that signs."""
        key = _key(self._kept(provider, algorithm)[0])
        return jwt.encode({"alg": algorithm, "kid": kid or str(key.kid)}, claims, key, algorithms=[algorithm])

    def forge(self, provider: str, algorithm: str, claims: Body) -> str:
        """Signed by a key of nobody's, under the name of the real one."""
        name = str(_key(self._kept(provider, algorithm)[0]).kid)
        return jwt.encode({"alg": algorithm, "kid": name}, claims, _new(algorithm), algorithms=[algorithm])

    def rotate(self, provider: str, algorithm: str, *, withdraw: bool = False) -> str:
        """The id of a new key; `withdraw` takes those before it out of the published set at once."""
        key = _new(algorithm)
        for old in self._store.page(KIND, parent=provider)[0 if withdraw else PUBLISHED - 1 :]:
            self._store.delete(old["id"])
        body = {"id": f"{provider}:{key.kid}", "created": int(time.time()), "jwk": key.as_dict(private=True)}
        self._store.put(KIND, body, parent=provider)
        return str(key.kid)

    def _kept(self, provider: str, algorithm: str) -> list[Body]:
        kept = self._store.page(KIND, parent=provider, limit=PUBLISHED)
        if not kept:
            self.rotate(provider, algorithm)
            kept = self._store.page(KIND, parent=provider, limit=PUBLISHED)
        return kept


def _new(algorithm: str) -> RSAKey | ECKey:
    names: KeyParameters = {"kid": secrets.token_hex(8), "use": "sig", "alg": algorithm}
    if algorithm == "ES256":
        return ECKey.generate_key("P-256", names)
    return RSAKey.generate_key(2048, names)


def _key(kept: Body) -> RSAKey | ECKey:
    jwk = kept["jwk"]
    return ECKey.import_key(jwk) if jwk["kty"] == "EC" else RSAKey.import_key(jwk)
