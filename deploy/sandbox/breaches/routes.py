"""`GET /breaches/range/<five digits>`: the rest of the hashes that begin so, each with how often it was seen, among
padding that was seen 0 times. Owns the invented passwords that count as breached here.
"""

import hashlib
import secrets

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

BREACHED = {
    "harbour lights at dusk": 41,
    "my cat is called tiptoe": 7,
    "seven green bottles": 1903,
}
"""Long enough for every other rule of ours, so that only this service gives them away."""
PREFIX = 5
PADDED_TO = 20


class BreachRoutes:
    def __init__(self) -> None:
        self._hashes = {
            hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper(): times
            for password, times in BREACHED.items()
        }

    def routes(self) -> list[Route]:
        return [Route("/breaches/range/{prefix}", self.range, methods=["GET"])]

    async def range(self, request: Request) -> Response:
        prefix = request.path_params["prefix"].upper()
        if len(prefix) != PREFIX or any(digit not in "0123456789ABCDEF" for digit in prefix):
            return PlainTextResponse("The hash prefix was not in a valid format", 400)
        lines = [f"{known[PREFIX:]}:{times}" for known, times in self._hashes.items() if known.startswith(prefix)]
        if request.headers.get("add-padding", "").lower() == "true":
            lines += [f"{secrets.token_hex(18).upper()[:35]}:0" for _ in range(PADDED_TO - len(lines))]
        return PlainTextResponse("\r\n".join(sorted(lines)))
