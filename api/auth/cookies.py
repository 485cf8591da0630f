"""What our cookies are called: over HTTPS with the prefix by which browsers keep everybody else from setting them.

Owns names alone; what a cookie holds and how long it lives is its owner's.
"""

from starlette.requests import Request


def over_https(request: Request) -> bool:
    return str(request.app.state.settings.public_url).startswith("https:")


def name_of(name: str, request: Request) -> str:
    """`__Host-`: taken over HTTPS only, for this host only, for every path. A page on a neighbouring subdomain, or
    somebody on the line who answers plainly in our place, can't plant a session of theirs in somebody's browser."""
    return f"__Host-{name}" if over_https(request) else name
