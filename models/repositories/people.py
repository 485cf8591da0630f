"""All SQL of people and how they sign in; sessions have a module of their own. Knows passwords only by their hash.

Whoever needs a name or a mail address reads it here, or joins `PersonKey` and opens it with `name_of` and `email_of`:
the columns hold sealed values. Of an erased person these answer `FORMER` and nothing.
"""

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, case, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import keys_of
from core.keys import KeyRing
from core.sealing import blind_index
from models.repositories import person_keys
from models.tables.catalogue import Shop
from models.tables.people import PersonKey, User
from models.types import Role, new_id

FORMER = "a former customer"
"""What an erased person is called where their name stood."""
_EMAIL, _NAME = "email", "name"


@dataclass(frozen=True, slots=True)
class SealedFields:
    """A person's fields as they lie in the database, and what opens them."""

    ring: KeyRing
    wrapped_key: bytes | None
    name: bytes | None
    email: bytes | None


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Name and address are opened when somebody asks for them: most requests only want to know who may do what, and
    need neither."""

    id: str
    role: Role
    shop_id: str | None
    shop_slug: str | None
    shop_status: str | None
    time_scale: int
    currency: str | None
    """What they like to see prices in."""
    sealed: SealedFields = field(repr=False)

    @property
    def name(self) -> str:
        """`FORMER` of an erased person."""
        return name_of(self.sealed.ring, self.id, self.sealed.wrapped_key, self.sealed.name)

    @property
    def email(self) -> str:
        """Empty of an erased person: nothing can be sent to them."""
        return email_of(self.sealed.ring, self.id, self.sealed.wrapped_key, self.sealed.email)

    @property
    def erased(self) -> bool:
        return self.sealed.wrapped_key is None or self.sealed.email is None


PERSON = (
    User.id,
    User.name_sealed,
    User.email_sealed,
    PersonKey.wrapped_key,
    User.role,
    Shop.id,
    Shop.slug,
    Shop.status,
    User.time_scale,
    User.currency,
)
"""For `person_of`; the query joins the keys (always there for a person) and the shops (seldom) to the users."""


def person_of(ring: KeyRing, row: list[object]) -> PersonRow:
    person_id, name, email, wrapped, role, shop_id, shop_slug, shop_status, time_scale, currency = row
    assert isinstance(person_id, str)  # noqa: S101 - the columns above
    assert isinstance(time_scale, int)  # noqa: S101 - and a NOT NULL one
    return PersonRow(
        id=person_id,
        role=Role(str(role)),
        shop_id=str(shop_id) if shop_id else None,
        shop_slug=str(shop_slug) if shop_slug else None,
        shop_status=str(shop_status) if shop_status else None,
        time_scale=time_scale,
        currency=str(currency) if currency else None,
        sealed=SealedFields(ring, _bytes(wrapped), _bytes(name), _bytes(email)),
    )


def name_of(ring: KeyRing, person_id: str, wrapped: bytes | None, sealed: bytes | None) -> str:
    """`FORMER` of an erased person."""
    return _opened(person_keys.unwrap(ring, person_id, wrapped), person_id, _NAME, sealed) or FORMER


def email_of(ring: KeyRing, person_id: str, wrapped: bytes | None, sealed: bytes | None) -> str:
    """Empty of an erased person: nothing can be sent to them."""
    return _opened(person_keys.unwrap(ring, person_id, wrapped), person_id, _EMAIL, sealed) or ""


def normalised(email: str) -> str:
    """What two spellings of one address have in common. Mail goes to the address as it was given."""
    return unicodedata.normalize("NFC", email.strip()).lower()


async def find_person(session: AsyncSession, person_id: str) -> PersonRow | None:
    """None for somebody we never knew; an erased person is told by `erased`."""
    return await _one(session, User.id == person_id)


async def find_by_email(session: AsyncSession, email: str) -> PersonRow | None:
    """Whose account it is, whatever the address's case."""
    return await _one(session, User.email_index == _index(session, email))


async def credentials(session: AsyncSession, email: str) -> tuple[str, str | None] | None:
    """Id and password hash of the account with this address, whatever its case. No hash: they have no password."""
    row = (
        await session.execute(select(User.id, User.password_hash).where(User.email_index == _index(session, email)))
    ).one_or_none()
    return (row[0], row[1]) if row else None


async def has_password(session: AsyncSession, person_id: str) -> bool:
    return bool(await session.scalar(select(User.password_hash.is_not(None)).where(User.id == person_id)))


async def add_person(
    session: AsyncSession,
    name: str,
    email: str,
    *,
    role: Role = Role.CUSTOMER,
    password_hash: str | None = None,
    email_verified_at: datetime | None = None,
    time_scale: int = 1,
) -> str | None:
    """The new person's id, or None when the address has an account already."""
    person_id, key = new_id("usr"), person_keys.new_key()
    added = await session.scalar(
        upsert(User)
        .values(
            id=person_id,
            name_sealed=person_keys.seal_field(key, person_id, _NAME, name),
            email_sealed=person_keys.seal_field(key, person_id, _EMAIL, email),
            email_index=_index(session, email),
            email_verified_at=email_verified_at,
            password_hash=password_hash,
            role=role.value,
            time_scale=time_scale,
        )
        .on_conflict_do_nothing(index_elements=[User.email_index])
        .returning(User.id)
    )
    if added is not None:
        await person_keys.create(session, person_id, key)
    return added


async def unverified(session: AsyncSession, person_id: str) -> bool:
    """Whether their address still has to be confirmed."""
    return bool(
        await session.scalar(
            select(User.id).where(User.id == person_id, User.email_verified_at.is_(None), User.erased_at.is_(None))
        )
    )


async def begin_anew(session: AsyncSession, person_id: str, name: str, *, role: Role, keeps: str | None) -> bool:
    """Somebody registers again with an address that was never confirmed. The last word counts, but for the password:
    unless both chose the same (`keeps` is its hash), there is none any more. Who of the two owns the address is not
    known before the letter is answered, and its owner follows the newest one, whoever caused it. False when it is
    confirmed by now."""
    key = await person_keys.open_key(session, person_id)
    changed = await session.scalar(
        update(User)
        .where(User.id == person_id, User.email_verified_at.is_(None))
        .values(
            name_sealed=person_keys.seal_field(key, person_id, _NAME, name),
            password_hash=case((User.password_hash == keeps, User.password_hash), else_=None),
            role=role.value,
            disowned_at=None,
        )
        .returning(User.id)
    )
    return changed is not None


async def disown(session: AsyncSession, person_id: str, at: datetime) -> bool:
    """The owner of the mailbox did not register: nothing opens the account any more, and the next sweep erases it.
    False when it is confirmed by now."""
    changed = await session.scalar(
        update(User)
        .where(User.id == person_id, User.email_verified_at.is_(None), User.erased_at.is_(None))
        .values(password_hash=None, role=Role.CUSTOMER.value, disowned_at=at)
        .returning(User.id)
    )
    return changed is not None


async def recovered(session: AsyncSession, person_id: str, at: datetime) -> None:
    """A letter has given them a new password, and other ways in are left: until `reviewed`, it alone begins a
    sign-in."""
    await session.execute(update(User).where(User.id == person_id).values(recovered_at=at))


async def reviewed(session: AsyncSession, person_id: str) -> None:
    """They have said which other ways in are theirs."""
    await session.execute(update(User).where(User.id == person_id).values(recovered_at=None))


async def has_to_review(session: AsyncSession, person_id: str) -> bool:
    return bool(await session.scalar(select(User.recovered_at.is_not(None)).where(User.id == person_id)))


async def change_role(session: AsyncSession, person_id: str, role: Role) -> None:
    await session.execute(update(User).where(User.id == person_id).values(role=role.value))


async def verify_email(session: AsyncSession, person_id: str, at: datetime) -> bool:
    """False when it was verified before."""
    changed = await session.scalar(
        update(User)
        .where(User.id == person_id, User.email_verified_at.is_(None), User.erased_at.is_(None))
        .values(email_verified_at=at)
        .returning(User.id)
    )
    return changed is not None


async def change_email(session: AsyncSession, person_id: str, email: str, verified_at: datetime | None) -> bool:
    """False, and nothing is changed, when the address has another account. Raises `NotFound`, `PersonErased`."""
    key = await person_keys.open_key(session, person_id)
    change = (
        update(User)
        .where(User.id == person_id)
        .values(
            email_sealed=person_keys.seal_field(key, person_id, _EMAIL, email),
            email_index=_index(session, email),
            email_verified_at=verified_at,
        )
    )
    try:
        async with session.begin_nested():
            await session.execute(change)
    except IntegrityError:
        return False
    return True


async def rename(session: AsyncSession, person_id: str, name: str) -> None:
    """Raises `NotFound`, `PersonErased`."""
    key = await person_keys.open_key(session, person_id)
    await session.execute(
        update(User).where(User.id == person_id).values(name_sealed=person_keys.seal_field(key, person_id, _NAME, name))
    )


async def replace_password_hash(session: AsyncSession, person_id: str, password_hash: str) -> None:
    await session.execute(update(User).where(User.id == person_id).values(password_hash=password_hash))


async def still_has_password(
    session: AsyncSession, person_id: str, password_hash: str, renewed: str | None = None
) -> bool:
    """Whether it is theirs now. It stays so until the transaction ends: whoever replaces it waits, and then ends what
    was opened with it. `renewed` is the same password, hashed anew."""
    own = (User.id == person_id, User.password_hash == password_hash)
    if renewed is None:
        return await session.scalar(select(User.id).where(*own).with_for_update(read=True)) is not None
    changed = await session.scalar(update(User).where(*own).values(password_hash=renewed).returning(User.id))
    return changed is not None


async def erase(session: AsyncSession, person_id: str, by: str, at: datetime) -> bool:
    """Destroys the person's key and what finds them; False when that was done before. `by` is the process that erases.

    The row stays for the orders that point to it. What other modules keep of the person beside sealed fields
    (sessions, a shop's page) is theirs to end.
    """
    destroyed = await person_keys.destroy(session, person_id, by, at)
    await session.execute(
        update(User)
        .where(User.id == person_id, User.erased_at.is_(None))
        .values(email_sealed=None, name_sealed=None, email_index=None, password_hash=None, erased_at=at)
    )
    return destroyed


async def _one(session: AsyncSession, condition: ColumnElement[bool]) -> PersonRow | None:
    row = (
        await session.execute(
            select(*PERSON)
            .join(PersonKey, PersonKey.person_id == User.id)
            .outerjoin(Shop, Shop.owner_id == User.id)
            .where(condition)
        )
    ).one_or_none()
    return person_of(keys_of(session), list(row)) if row else None


async def choose_currency(session: AsyncSession, person_id: str, currency: str | None) -> None:
    """What they see prices in from now on; None is each shop's own."""
    await session.execute(update(User).where(User.id == person_id).values(currency=currency))


def _opened(key: bytes | None, person_id: str, field: str, sealed: bytes | None) -> str | None:
    return None if key is None or sealed is None else person_keys.open_field(key, person_id, field, sealed)


def _index(session: AsyncSession, email: str) -> str:
    return blind_index(keys_of(session), normalised(email))


def _bytes(value: object) -> bytes | None:
    assert value is None or isinstance(value, bytes)  # noqa: S101 - a bytea column
    return value
