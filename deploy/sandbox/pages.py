"""Renders the pages for people. Owns templates, the style sheet and the headers that every page carries."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

_FOLDER = Path(__file__).parent / "templates"
_DECIMALS = {"JPY": 0, "KWD": 3}
_SYMBOLS = {"USD": "$", "CAD": "CA$", "MXN": "MX$", "EUR": "€", "GBP": "£", "JPY": "¥", "KWD": "KD "}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; "
    "base-uri 'none'; frame-ancestors 'self'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def money(minor: int, currency: str) -> str:
    """`money(123456, "usd")` is `$1,234.56`."""
    code = currency.upper()
    decimals = _DECIMALS.get(code, 2)
    sign, value = ("−" if minor < 0 else ""), abs(minor)
    whole, part = divmod(value, 10**decimals)
    tail = f".{part:0{decimals}d}" if decimals else ""
    return f"{sign}{_SYMBOLS.get(code, code + ' ')}{whole:,}{tail}"


def moment(unix: float) -> str:
    return datetime.fromtimestamp(unix, UTC).strftime("%d %b %Y, %H:%M:%S UTC")


class Pages:
    def __init__(self) -> None:
        self._env = Environment(
            loader=FileSystemLoader(_FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._env.filters["money"] = money
        self._env.filters["moment"] = moment
        self._css = (_FOLDER / "sandbox.css").read_text(encoding="utf-8")

    def show(self, name: str, status: int = 200, **values: Any) -> HTMLResponse:
        return HTMLResponse(self._env.get_template(name).render(**values), status, dict(_HEADERS))

    def not_found(self, message: str) -> HTMLResponse:
        return self.show("notice.html", 404, title="Not found", message=message, way=None, label="")

    def routes(self) -> list[Route]:
        return [Route("/assets/sandbox.css", self._style, methods=["GET"])]

    async def _style(self, _: Request) -> Response:
        return Response(self._css, media_type="text/css", headers={"Cache-Control": "public, max-age=300"})
