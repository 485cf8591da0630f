"""Static files, read once at start: bundled, compressed and addressed by their content.

Owns what stands under /static. An address made by `asset_url` carries the content's hash, so browsers keep it for a
year; the same path without the hash is served too, for one hour.
"""

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from starlette.types import Receive, Scope, Send

STATIC = Path(__file__).parent / "static"
BUNDLE = "site.css"
STYLESHEETS = (
    "tokens", "fonts", "base", "layout",
    "components/masthead", "components/buttons", "components/forms", "components/notices", "components/plates",
    "components/front", "components/browse", "components/listing", "components/cart", "components/order",
    "components/studio", "components/security", "components/log", "components/privacy", "components/invoices",
    "components/money", "components/commission", "components/made", "components/footer", "print",
)  # fmt: skip
"""In cascade order. Small files for people, one file for the network."""
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
    ".png": "image/png",
    ".ico": "image/x-icon",
}
COMPRESSED = {".css", ".js", ".svg", ".txt"}


@dataclass(frozen=True, slots=True)
class Asset:
    body: bytes
    gzipped: bytes | None
    media_type: str
    digest: str

    @classmethod
    def of(cls, name: str, body: bytes) -> "Asset":
        suffix = Path(name).suffix
        small = gzip.compress(body, 9, mtime=0) if suffix in COMPRESSED else None
        return cls(body, small, MEDIA_TYPES[suffix], hashlib.sha256(body).hexdigest()[:12])


@lru_cache(maxsize=1)
def assets() -> dict[str, Asset]:
    """Every file under static/ by its path, and the bundled stylesheet."""
    found = {
        path.relative_to(STATIC).as_posix(): Asset.of(path.name, path.read_bytes())
        for path in sorted(STATIC.rglob("*"))
        if path.suffix in MEDIA_TYPES
    }
    sheets = "\n".join((STATIC / "css" / f"{name}.css").read_text("utf-8") for name in STYLESHEETS)
    found[BUNDLE] = Asset.of(BUNDLE, _tightened(sheets, found).encode())
    return found


def _tightened(css: str, found: dict[str, Asset]) -> str:
    def address(match: re.Match[str]) -> str:
        name = match[1]
        return f'url("/static/{name}?v={found[name].digest}")' if name in found else match[0]

    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"\s*\n\s*", "\n", css)
    return re.sub(r'url\("/static/([^"]+)"\)', address, css)


@lru_cache(maxsize=256)
def asset_url(name: str) -> str:
    """The address of a static file; one that is not there (vendor files before `make`) gets an address that is 404."""
    asset = assets().get(name)
    return f"/static/{name}?v={asset.digest}" if asset else f"/static/{name}"


class StaticAssets:
    """ASGI application over `assets`; mounted at /static."""

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        name = scope["path"].removeprefix(scope.get("root_path", "")).removeprefix("/static").lstrip("/")
        asset = assets().get(name)
        if asset is None or scope["method"] not in {"GET", "HEAD"}:
            await _answer(send, 404, [(b"content-type", b"text/plain; charset=utf-8")], b"There is no such file.\n")
            return
        headers = {key: value for key, value in scope["headers"] if key in {b"accept-encoding", b"if-none-match"}}
        hashed = f"v={asset.digest}".encode() in scope.get("query_string", b"")
        etag = f'"{asset.digest}"'.encode()
        answer = [
            (b"content-type", asset.media_type.encode()),
            (b"cache-control", b"public, max-age=31536000, immutable" if hashed else b"public, max-age=3600"),
            (b"etag", etag),
            (b"vary", b"accept-encoding"),
        ]
        if headers.get(b"if-none-match") == etag:
            await _answer(send, 304, answer, b"")
            return
        body = asset.body
        if asset.gzipped is not None and b"gzip" in headers.get(b"accept-encoding", b""):
            body = asset.gzipped
            answer.append((b"content-encoding", b"gzip"))
        answer.append((b"content-length", str(len(body)).encode()))
        await _answer(send, 200, answer, b"" if scope["method"] == "HEAD" else body)


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
