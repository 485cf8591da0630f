"""What the courier and the mail service share: JSON bodies, a bearer key, and one small error envelope."""

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from deploy.sandbox.door import Call, Door, Refusal, read_body

Body = dict[str, Any]


def refuse(status: int, code: str, message: str, *, remember: bool = False, **more: Any) -> Refusal:
    return Refusal(status, {"error": {"code": code, "message": message, **more}}, remember=remember)


@dataclass(frozen=True, slots=True)
class PlainManners:
    realm: str

    def key_reused(self, key: str) -> Refusal:
        return refuse(400, "idempotency_key_reused", f"The key {key} was first used with other parameters.")

    def key_in_use(self, key: str) -> Refusal:
        return refuse(409, "idempotency_key_in_use", f"A request with the key {key} is still being worked on.")

    def crashed(self) -> Refusal:
        return refuse(500, "internal_error", "Something went wrong on our side.", remember=True)

    def too_large(self) -> Refusal:
        return refuse(413, "too_large", "The body is larger than 1 MB.")


def answer(refused: Refusal) -> Response:
    return Response(json.dumps(refused.body), refused.status, media_type="application/json")


async def serve(
    request: Request, door: Door, manners: PlainManners, api_key: str, work: Callable[[Body, Call], tuple[int, Body]]
) -> Response:
    """Checks the key, reads the JSON object (POST only) and goes through the door."""
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), api_key.encode()):
        return answer(refuse(401, "unauthorised", "Send your key as 'Authorization: Bearer KEY'."))
    try:
        raw = await read_body(request, manners) if request.method == "POST" else b""
        body = json.loads(raw) if raw else {}
        if not isinstance(body, dict):
            raise ValueError
    except Refusal as refused:
        return answer(refused)
    except (ValueError, RecursionError):
        return answer(refuse(400, "malformed", "The body must be a JSON object in UTF-8."))
    target = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    return await door.serve(request, manners, hashlib.sha256(target + raw).hexdigest(), lambda call: work(body, call))


def text(body: Body, name: str, *, longest: int = 200, required: bool = True) -> str:
    value = body.get(name, "")
    if not isinstance(value, str) or len(value) > longest or (required and not value.strip()) or _half_a_pair(value):
        raise refuse(422, "invalid", f"{name} must be a text of 1 to {longest} characters.", field=name)
    return value


def _half_a_pair(value: str) -> bool:
    """JSON can escape half of a surrogate pair, which no text can hold."""
    return any("\ud800" <= char <= "\udfff" for char in value)


def whole(body: Body, name: str, least: int, most: int) -> int:
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise refuse(422, "invalid", f"{name} must be a whole number from {least} to {most}.", field=name)
    return value
