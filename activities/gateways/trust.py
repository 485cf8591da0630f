"""Whom we believe when we call a partner: the public authorities, and the house's own where the settings name one.

Owns the context that every gateway calls with. What may be called at all is the gateways' own.
"""

import ssl
from pathlib import Path

import httpx
import stripe


def trusting(ca_file: Path | None = None) -> ssl.SSLContext:
    """Checks certificate and host name, from TLS 1.2 on; `ca_file` signs for partners inside the house."""
    context = httpx.create_ssl_context(trust_env=False)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file is not None:
        context.load_verify_locations(cafile=ca_file)
    return context


class StripeHttp(stripe.HTTPXClient):
    """The SDK's HTTP client. The SDK itself would take one bundle of authorities for the whole process only."""

    def __init__(self, tls: ssl.SSLContext | None, *, connect: float, read: float) -> None:
        super().__init__(timeout=httpx.Timeout(read, connect=connect))
        if tls is not None:
            self._client_async = httpx.AsyncClient(verify=tls, trust_env=False, follow_redirects=False)


async def close(http: stripe.HTTPXClient) -> None:
    """Lets go of its connections."""
    await http.close_async()  # type: ignore[no-untyped-call] # the SDK leaves its HTTP clients untyped
