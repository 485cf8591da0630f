"""All SQL of postal addresses: sealed as one value with their owner's key, the country beside it in clear."""

import json
from dataclasses import dataclass

from sqlalchemy import Select, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import keys_of
from core.keys import KeyRing
from models.errors import NotFound
from models.ports import PostalAddress
from models.repositories import person_keys
from models.repositories.people import FORMER
from models.repositories.person_keys import PersonErased
from models.tables.people import Address, PersonKey
from models.types import new_id

PERSONAL = ("name", "line1", "line2", "city", "region", "postal_code", "phone")
ERASED = "erased"
"""Stands for the street of somebody whose data has been erased."""


@dataclass(frozen=True, slots=True)
class SavedAddress:
    id: str
    postal: PostalAddress


async def add(session: AsyncSession, person_id: str, given: PostalAddress) -> str:
    """The new address's id. Raises `NotFound`, `PersonErased`."""
    address_id, key = new_id("adr"), await person_keys.open_key(session, person_id)
    await session.execute(
        insert(Address).values(
            id=address_id,
            user_id=person_id,
            sealed=_seal(key, person_id, address_id, given),
            country=given.country,
        )
    )
    return address_id


async def of_person(session: AsyncSession, person_id: str, limit: int = 20) -> list[SavedAddress]:
    """Newest first; none of an erased person."""
    statement = _with_key().where(
        Address.user_id == person_id, Address.sealed.is_not(None), PersonKey.wrapped_key.is_not(None)
    )
    rows = await session.execute(statement.order_by(Address.id.desc()).limit(limit))
    known = [(address.id, opened(keys_of(session), address, wrapped)) for address, wrapped in rows]
    return [SavedAddress(address_id, postal) for address_id, postal in known if postal is not None]


async def find(session: AsyncSession, address_id: str, person_id: str) -> SavedAddress:
    """Raises `NotFound` for somebody else's address too, `PersonErased` when nobody can read it any more."""
    row = (await session.execute(_with_key().where(Address.id == address_id))).one_or_none()
    if row is None or row[0].user_id != person_id:
        raise NotFound("This address does not exist. Choose another one.")
    address, wrapped = row
    postal = opened(keys_of(session), address, wrapped)
    if postal is None:
        raise PersonErased("This address has been erased with its owner's data.")
    return SavedAddress(address_id, postal)


def opened(ring: KeyRing, address: Address, wrapped_key: bytes | None) -> PostalAddress | None:
    """A stored address as partners and rules take it; None once its owner has been erased."""
    key = person_keys.unwrap(ring, address.user_id, wrapped_key)
    if key is None or address.sealed is None:
        return None
    text = person_keys.open_field(key, address.user_id, _field(address.id), address.sealed)
    return PostalAddress(country=address.country, **json.loads(text))


def shown(ring: KeyRing, address: Address, wrapped_key: bytes | None) -> PostalAddress:
    """The same for somebody who only looks at it: of an erased person the country is left."""
    return opened(ring, address, wrapped_key) or PostalAddress(
        name=FORMER, line1=ERASED, city="", region="", postal_code="", country=address.country
    )


def _with_key() -> Select[Address, bytes | None]:
    return select(Address, PersonKey.wrapped_key).join(PersonKey, PersonKey.person_id == Address.user_id)


def _seal(key: bytes, person_id: str, address_id: str, given: PostalAddress) -> bytes:
    text = json.dumps({part: getattr(given, part) for part in PERSONAL}, ensure_ascii=False)
    return person_keys.seal_field(key, person_id, _field(address_id), text)


def _field(address_id: str) -> str:
    return f"address/{address_id}"
