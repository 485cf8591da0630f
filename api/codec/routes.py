"""Opens payloads for administrators who look at a process in Temporal's pages or with its command line.

Does not seal: `/codec/encode` of the protocol would let Temporal's pages send messages into processes past our own,
which ask for a reason, check what may be done and write it down.
"""

import structlog
from fastapi import APIRouter, Response

from api.access import access
from api.codec.cors import PATH
from api.codec.schemas import PayloadJson, PayloadsJson
from api.dependencies import Session, SignedIn
from api.errors import error_responses
from core.codec import RawPayload, read_out
from core.database import keys_of
from core.keys import UnknownKey
from core.sealing import Tampered
from models.audited import Audited
from models.errors import DomainError, Unavailable
from models.repositories import audit

router = APIRouter(tags=["operators"])
log = structlog.get_logger(__name__)


class PayloadUnreadable(DomainError):
    code, status = "payload_unreadable", 422


@router.post(
    PATH,
    dependencies=[access("administrator", "high", owns="any")],
    summary="Read payloads of processes",
    responses=error_responses(400, 401, 403, 413, 422, 503),
)
async def decode(body: PayloadsJson, person: SignedIn, session: Session, response: Response) -> PayloadsJson:
    """Temporal's codec protocol. What was never sealed comes back as it is; what was sealed under an erased key, as a
    sentence that says so. Each reading is written into the audit log."""
    opened = await _opened(session, [payload.raw() for payload in body.payloads])
    await audit.append(
        session, Audited.PAYLOADS_READ, actor=person.id, role=person.role, details={"payloads": len(opened)}
    )
    response.headers["cache-control"] = "no-store"
    return PayloadsJson.model_construct(
        payloads=[PayloadJson.model_construct(metadata=dict(raw.metadata), data=raw.data) for raw in opened]
    )


async def _opened(session: Session, payloads: list[RawPayload]) -> list[RawPayload]:
    try:
        return await read_out(keys_of(session), payloads)
    except UnknownKey as error:
        log.warning("a payload names a key that is not in the ring", key=str(error))
        raise Unavailable(
            "One of these was sealed with a key that has not reached this server. Try again in a minute; if it stays, "
            "the key ring lacks a key."
        ) from error
    except Tampered as error:
        log.warning("a payload can't be opened", reason=str(error))
        raise PayloadUnreadable(
            "One of these is not what was sealed: it has been changed or cut off. Look at the others one by one."
        ) from error
