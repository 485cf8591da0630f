"""All SQL of the programs that we know and of their secrets. Knows a secret only by its hash."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core.reads import Query, Reads
from models.rules.scopes import ClientKind
from models.tables.catalogue import Shop
from models.tables.oauth import OAuthClient, OAuthConsent, OAuthSecret
from models.tables.sessions import Session
from models.types import new_id

MOST_SECRETS = 2


@dataclass(frozen=True, slots=True)
class SecretRow:
    id: str
    secret_hash: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ClientRow:
    id: str
    kind: ClientKind
    name: str
    courier: str | None
    shop_id: str | None
    scopes: tuple[str, ...]
    redirect_uris: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None
    secrets: tuple[SecretRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Binding:
    """Of a client that may still call us: what its token is good for."""

    client_id: str
    kind: ClientKind
    courier: str | None
    shop_id: str | None
    scopes: tuple[str, ...]


async def find(session: AsyncSession, client_id: str, *, lock: bool = False) -> ClientRow | None:
    """Also one that was revoked. `lock` waits for whoever else changes it."""
    row = await session.get(OAuthClient, client_id, with_for_update=lock, populate_existing=True)
    if row is None:
        return None
    secrets = await session.scalars(
        select(OAuthSecret).where(OAuthSecret.client_id == client_id).order_by(OAuthSecret.created_at, OAuthSecret.id)
    )
    return _row(row, [SecretRow(one.id, one.secret_hash, one.created_at) for one in secrets])


async def everyone(session: AsyncSession) -> list[ClientRow]:
    """The working ones first, by name."""
    rows = await session.scalars(
        select(OAuthClient).order_by(OAuthClient.revoked_at.is_not(None), OAuthClient.name, OAuthClient.id)
    )
    return [_row(row) for row in rows]


_BINDING = Query(
    select(OAuthClient.id, OAuthClient.kind, OAuthClient.courier, OAuthClient.shop_id, OAuthClient.scopes).where(
        OAuthClient.id == bindparam("client_id", type_=String), OAuthClient.revoked_at.is_(None)
    )
)


async def find_binding(reads: Reads, client_id: str) -> Binding | None:
    rows = await reads.fetch(_BINDING, client_id=client_id)
    if not rows:
        return None
    found_id, kind, courier, shop_id, scopes = rows[0]
    return Binding(found_id, ClientKind(kind), courier, shop_id, tuple(scopes))


async def add(
    session: AsyncSession,
    *,
    kind: ClientKind,
    name: str,
    courier: str | None,
    shop_id: str | None,
    scopes: Sequence[str],
    redirect_uris: Sequence[str],
    created_by: str,
    now: datetime,
) -> str:
    """Its id."""
    client_id = new_id("cli")
    await session.execute(
        insert(OAuthClient).values(
            id=client_id,
            kind=kind.value,
            name=name,
            courier=courier,
            shop_id=shop_id,
            scopes=list(scopes),
            redirect_uris=list(redirect_uris),
            created_by=created_by,
            created_at=now,
        )
    )
    return client_id


async def change(
    session: AsyncSession, client_id: str, *, name: str, scopes: Sequence[str], redirect_uris: Sequence[str]
) -> None:
    await session.execute(
        update(OAuthClient)
        .where(OAuthClient.id == client_id)
        .values(name=name, scopes=list(scopes), redirect_uris=list(redirect_uris))
    )


async def revoke(session: AsyncSession, client_id: str, now: datetime) -> int:
    """For good: its secrets, what people allowed it, and its tokens go with it. How many people's sessions ended."""
    await session.execute(update(OAuthClient).where(OAuthClient.id == client_id).values(revoked_at=now))
    await session.execute(delete(OAuthSecret).where(OAuthSecret.client_id == client_id))
    await session.execute(delete(OAuthConsent).where(OAuthConsent.client_id == client_id))
    ended = await session.scalars(delete(Session).where(Session.client_id == client_id).returning(Session.id))
    return len(ended.all())


async def add_secret(session: AsyncSession, client_id: str, secret_hash: str, now: datetime) -> str | None:
    """Its id; None when the client has two already. The client must be locked."""
    held = await session.scalar(select(func.count()).select_from(OAuthSecret).where(OAuthSecret.client_id == client_id))
    if (held or 0) >= MOST_SECRETS:
        return None
    secret_id = new_id("sec")
    await session.execute(
        insert(OAuthSecret).values(id=secret_id, client_id=client_id, secret_hash=secret_hash, created_at=now)
    )
    return secret_id


async def withdraw_secret(session: AsyncSession, client_id: str, secret_id: str) -> bool:
    gone = await session.scalar(
        delete(OAuthSecret)
        .where(OAuthSecret.id == secret_id, OAuthSecret.client_id == client_id)
        .returning(OAuthSecret.id)
    )
    return gone is not None


async def shop_id_of(session: AsyncSession, slug: str) -> str | None:
    return await session.scalar(select(Shop.id).where(Shop.slug == slug))


async def shop_slugs(session: AsyncSession, shop_ids: Sequence[str]) -> dict[str, str]:
    rows = await session.execute(select(Shop.id, Shop.slug).where(Shop.id.in_(shop_ids)))
    return {row.id: row.slug for row in rows}


def _row(row: OAuthClient, secrets: Sequence[SecretRow] = ()) -> ClientRow:
    return ClientRow(
        id=row.id,
        kind=ClientKind(row.kind),
        name=row.name,
        courier=row.courier,
        shop_id=row.shop_id,
        scopes=tuple(row.scopes),
        redirect_uris=tuple(row.redirect_uris),
        created_at=row.created_at,
        revoked_at=row.revoked_at,
        secrets=tuple(secrets),
    )
