"""`Idempotency-Key`: the same request sent twice has one effect and one answer.

    @router.post("/cart/lines", response_model=CartView, responses=error_responses(400, 409, 422))
    async def add(body: AddLine, cart: Cart, once: Once) -> Response:
        return await once.respond(lambda: cart.add(...), status=200)

The answer is kept in the transaction of the effect, so there is never one without the other. The claim before it is
committed at once, which also gives the connection back: the work may call other servers without holding one. Use it
for what starts something, never for answers that hold a secret (sign-in), because answers are stored.

Same key and request: the kept answer with `Idempotent-Replayed: true`. Same key, another request: 400. Still
running: 409 with `Retry-After`. A refused or failed request keeps nothing, so it can be sent again under its key.
Keys belong to the person (or the anonymous browser) and are forgotten after 24 hours; a caller whom we have not met
before has nobody to keep an answer for, so their key is ignored.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from fastapi.encoders import jsonable_encoder
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import JSONResponse, Response

from api.dependencies import CurrentVisitor, Session
from core import clock
from core.database import keys_of
from core.sealing import blind_index
from models.errors import Conflict, IdempotencyKeyReused, InvalidInput
from models.repositories import idempotency

REPLAYED = "Idempotent-Replayed"


class StillRunning(Conflict):
    code = "idempotency_key_in_progress"


@dataclass(frozen=True)
class Idempotency:
    """One request's key, if it has one and belongs to somebody."""

    request: Request
    session: AsyncSession
    owner: str | None
    key: str | None

    async def respond(
        self,
        do: Callable[[], Awaitable[Any]],
        *,
        status: int = 200,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Response:
        """Does it, or replays the kept answer. `body` tells requests apart where the raw body is not JSON.

        `do` answers something that encodes to a JSON object. Raises `IdempotencyKeyReused`, `StillRunning`, and
        whatever `do` raises.
        """
        if self.key is None or self.owner is None:
            return JSONResponse(jsonable_encoder(await do()), status, headers)
        now = clock.now()
        fingerprint = self._fingerprint(await self.request.body() if body is None else body)
        kept = await idempotency.claim(self.session, self.owner, self.key, fingerprint, now)
        if kept is not None:
            return _replay(kept, fingerprint)
        await self.session.commit()
        try:
            answer = jsonable_encoder(await do())
            if not await idempotency.keep(self.session, self.owner, self.key, now, status=status, body=answer):
                raise StillRunning(_IN_PROGRESS, retry_after=1)
        except BaseException:
            await self.session.rollback()
            await idempotency.release(self.session, self.owner, self.key, now)
            await self.session.commit()
            raise
        return JSONResponse(answer, status, headers)

    def _fingerprint(self, body: bytes) -> str:
        digest = hashlib.sha256(f"{self.request.method} {self.request.url.path}\n".encode())
        digest.update(body)
        return blind_index(keys_of(self.session), digest.hexdigest())


_IN_PROGRESS = "The first request under this key is still running. Ask again in a moment for its answer."


def _replay(kept: idempotency.Kept, fingerprint: str) -> Response:
    if kept.fingerprint != fingerprint:
        raise IdempotencyKeyReused(
            "This idempotency key was used for another request. Use a new key for each thing you want done."
        )
    if kept.status is None:
        raise StillRunning(_IN_PROGRESS, retry_after=1)
    return JSONResponse(kept.body, kept.status, {REPLAYED: "true"})


async def idempotency_of(
    request: Request,
    session: Session,
    visitor: CurrentVisitor,
    idempotency_key: Annotated[
        str | None, Header(max_length=255, description="Makes a repeated request one request; 24 hours")
    ] = None,
) -> Idempotency:
    if idempotency_key is not None and not (idempotency_key.isascii() and idempotency_key.isprintable()):
        raise InvalidInput("An idempotency key is 1 to 255 printable ASCII characters.", field="Idempotency-Key")
    return Idempotency(request, session, visitor.owner, idempotency_key or None)


Once = Annotated[Idempotency, Depends(idempotency_of)]
