"""Refuses unsafe requests that another site made a browser send.

Two lines of defence: what the browser itself says about the request's origin, and a token that only our pages know.
Requests with `Authorization: Bearer` are exempt, because no browser adds that header on its own. One route takes
another origin instead of the token: see `api.codec.cors`.
"""

import hmac
import re
import unicodedata
from urllib.parse import unquote, urlsplit

from fastapi import Request

from api.auth.visitor import Visitor
from api.codec.cors import sent_by_temporals_pages
from models.errors import Forbidden

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
FIELD = "csrf_token"
HEADER = "x-csrf-token"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class CrossSiteRequest(Forbidden):
    code = "cross_site_request"


async def check(request: Request, visitor: Visitor) -> None:
    """Raises `CrossSiteRequest`."""
    if request.method in SAFE or visitor.bearer or sent_by_temporals_pages(request):
        return
    proven = _same_origin(request)
    if visitor.session_hash is None or visitor.csrf_token is None:
        return
    # A page opened before the first piece went into the cart has no token yet. Its browser's word is enough,
    # as nobody is signed in.
    if visitor.person is None and proven:
        return
    if not hmac.compare_digest((await _sent_token(request)).encode(), visitor.csrf_token.encode()):
        raise CrossSiteRequest("This page is out of date. Reload it and send the form again; nothing has been changed.")


def _same_origin(request: Request) -> bool:
    """True when the browser vouches for it, False when it says nothing; raises when it says the opposite."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site not in {"same-origin", "none"}:
            raise _refused()
        return True
    origin = request.headers.get("origin")
    if origin is None:
        return False
    public = urlsplit(request.app.state.parts.settings.public_url).netloc
    try:
        sender = urlsplit(origin).netloc
    except ValueError as error:  # not even an address
        raise _refused() from error
    if sender not in {request.headers.get("host", ""), public} or origin == "null":
        raise _refused()
    return True


async def _sent_token(request: Request) -> str:
    token = request.headers.get(HEADER)
    if token is None and request.headers.get("content-type", "").startswith(FORMS):
        field = (await request.form()).get(FIELD)
        token = field if isinstance(field, str) else None
    return token or ""


def _refused() -> CrossSiteRequest:
    return CrossSiteRequest("This request came from another site and was not carried out. Start again from our pages.")


def local_path(target: str | None, fallback: str = "/") -> str:
    """`target` when it is a path on this site, else `fallback`: a sign-in link must not lead people elsewhere.

    Looked at as it stands and as whoever is next may read it: a proxy that decodes paths, a browser that takes `\\` for
    `/`, something that folds letters which look alike.
    """
    if not target or len(target) > 2000:
        return fallback
    seen = target
    for _ in range(4):
        if not _plain_path(seen):
            return fallback
        before, seen = seen, unicodedata.normalize("NFKC", unquote(seen, errors="replace"))
        if seen == before:
            return target
    return fallback  # nobody of ours encodes anything so often


_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def _plain_path(path: str) -> bool:
    """A query and a fragment may say what they like, except for a line's end."""
    before = re.split("[?#]", path, maxsplit=1)[0]
    return before.startswith("/") and not before.startswith("//") and "\\" not in before and not _UNSEEN.search(path)
