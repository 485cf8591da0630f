"""Whether this process lives, and whether it can work."""

import asyncio

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api.access import access
from api.dependencies import Parts, get_parts

router = APIRouter(tags=["health"], dependencies=[access("public", "low")])
PATIENCE_SECONDS = 3


class Readiness(BaseModel):
    database: bool
    temporal: bool


@router.get("/healthz", summary="The process is alive")
async def healthz() -> dict[str, str]:
    return {"status": "ok"}


@router.get("/readyz", summary="Database and Temporal are reachable", responses={503: {"model": Readiness}})
async def readyz(request: Request, response: Response) -> Readiness:
    parts = get_parts(request)
    database, temporal = await asyncio.gather(_database_answers(parts), parts.processes.is_ready())
    if not (database and temporal):
        response.status_code = 503
    return Readiness(database=database, temporal=temporal)


async def _database_answers(parts: Parts) -> bool:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), parts.database.engine.connect() as connection:
            await connection.execute(text("select 1"))
    except (SQLAlchemyError, OSError, TimeoutError):
        return False
    return True
