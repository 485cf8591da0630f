"""Where a person's browser may be sent with a code: exactly what an administrator entered, as RFC 8252 and 9700 ask."""

import re
from urllib.parse import urlsplit

LONGEST = 300
_PLAIN = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]+")
_LOOPBACK = re.compile(r"http://(127\.0\.0\.1|\[::1\])(?::([0-9]{1,5}))?((?:[/?].*)?)")
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?")
_OWN_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+")


def why_not(uri: str) -> str | None:
    """What keeps this address from being registered, in words; None when nothing does."""
    if not uri or len(uri) > LONGEST or not _PLAIN.fullmatch(uri):
        return f"An address has up to {LONGEST} plain characters and no fragment."
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return "This is no address."
    if parts.scheme == "https":
        if not _HOST.fullmatch(parts.netloc) or not uri.startswith("https:") or port == 0:
            return "An https address needs a host in small letters, and neither a user nor a star in it."
        return None
    if parts.scheme == "http":
        return None if _loopback(uri) else "Plain http is for http://127.0.0.1 and http://[::1] only."
    scheme, _, rest = uri.partition(":")
    if not rest or not _OWN_SCHEME.fullmatch(scheme):
        return "An app's own scheme has a dot, such as com.example.app:/back."
    return None


def fits(registered: str, asked: str) -> bool:
    """Character by character; only the port of a loopback address is free, because an app takes the one it gets."""
    if registered == asked:
        return True
    ours, theirs = _loopback(registered), _loopback(asked)
    return ours is not None and ours == theirs and why_not(asked) is None


def belongs_to_its_app(uri: str) -> bool:
    """Whether the system makes sure that only the registered app gets what is sent there. Any app may claim another's
    scheme, and any program a port."""
    return uri.startswith("https:")


def form_target(uri: str) -> str:
    """The address as a source of a Content-Security-Policy, which knows neither paths of schemes nor IPv6."""
    scheme = uri.partition(":")[0]
    if scheme in {"http", "https"} and "[" not in uri:
        return f"{scheme}://{urlsplit(uri).netloc}"
    return f"{scheme}:"


def _loopback(uri: str) -> tuple[str, str] | None:
    """Host and everything after the port."""
    match = _LOOPBACK.fullmatch(uri)
    if match is None or not 0 < int(match[2] or 80) < 65_536:
        return None
    return match[1], match[3]
