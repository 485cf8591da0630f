"""What a provider can be told to do wrong, so that each refusal is seen at work. Owns the names and switches."""

from typing import Any

from deploy.sandbox.store import Store

WAYS = {
    "access_denied": "sends everybody back as if they had cancelled",
    "wrong_nonce": "the token answers another request",
    "no_nonce": "the token answers no request in particular",
    "wrong_audience": "the token is meant for another client",
    "second_audience": "the token is meant for another client, too",
    "wrong_party": "the token was issued to another client",
    "expired": "the token has expired",
    "from_tomorrow": "the token was issued in the future",
    "foreign_issuer": "the token names another issuer",
    "no_subject": "the token names nobody",
    "unsigned": "the token has no signature (alg none)",
    "shared_secret": "the token is signed with the client's secret (HS256)",
    "forged": "the token is signed by a key that is not the provider's",
    "unknown_key": "the token names a key that is not published",
    "no_token": "the token endpoint leaves the ID token out",
    "old_login": "an hour-old login counts, whatever was asked for",
    "no_login_time": "the token does not say when its owner logged in",
    "email_unverified": "the address is not verified",
    "no_email": "there is no address",
    "another_in_userinfo": "the userinfo endpoint answers about somebody else",
    "foreign_answer": "the way back names another issuer",
    "foreign_endpoints": "discovery names endpoints on another origin",
    "foreign_discovery": "discovery names another issuer",
    "redirecting": "discovery, keys and tokens answer with a redirect",
    "endless": "discovery answers with far too much",
}


class Mischief:
    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, provider: str) -> list[str]:
        return list(self._store.switch(f"identity:{provider}") or [])

    def set(self, provider: str, ways: Any) -> list[str]:
        """Raises `ValueError` in words for whoever is at the control route."""
        if not isinstance(ways, list) or any(way not in WAYS for way in ways):
            raise ValueError(f"misbehave is a list of {', '.join(WAYS)}")
        with self._store.transaction():
            self._store.set_switch(f"identity:{provider}", ways)
        return self.of(provider)
