"""All SQL of taxes: the lines that a checkout freezes, buyers' certificates, artisans' tax numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.errors import InvalidInput, NotFound
from models.ports import TaxComponent, TaxExemption, TaxReason
from models.repositories import person_keys
from models.rules.pricing import Quote
from models.rules.tax.assess import SHIPPING
from models.rules.tax.identifiers import TaxId, TaxIdKind
from models.tables.catalogue import Shop
from models.tables.people import User
from models.tables.taxes import SellerTaxId, TaxLine
from models.tables.taxes import TaxExemption as ExemptionRow
from models.types import Money, new_id


async def freeze(session: AsyncSession, checkout_id: str, quote: Quote) -> None:
    """Every tax of every line, in one statement."""
    taxed = [
        *((quoted.line.shop_id, quoted.line.listing_id, quoted.taxes) for quoted in quote.lines),
        *((shop.shop_id, SHIPPING, shop.shipping_taxes) for shop in quote.shops),
    ]
    rows = [
        {
            "checkout_id": checkout_id,
            "shop_id": shop_id,
            "item": item,
            "position": position,
            "name": one.name,
            "jurisdiction": one.jurisdiction,
            "base_minor": one.base.minor,
            "rate_millionths": one.rate_millionths,
            "tax_minor": one.tax.minor,
            "reason": one.reason.value,
            "exemption_id": one.because or None,
        }
        for shop_id, item, components in taxed
        for position, one in enumerate(components)
    ]
    if rows:
        await (await session.connection()).execute(insert(TaxLine), rows)


async def of_order(
    session: AsyncSession, checkout_id: str, shop_id: str, currency: str
) -> dict[str, tuple[TaxComponent, ...]]:
    """Listing id, or `shipping`, → its taxes as they were frozen. Empty for an order from before they were kept."""
    rows = await session.scalars(
        select(TaxLine)
        .where(TaxLine.checkout_id == checkout_id, TaxLine.shop_id == shop_id)
        .order_by(TaxLine.item, TaxLine.position)
    )
    found: dict[str, tuple[TaxComponent, ...]] = {}
    for row in rows:
        component = TaxComponent(
            name=row.name,
            jurisdiction=row.jurisdiction,
            base=Money(row.base_minor, currency),
            rate_millionths=row.rate_millionths,
            tax=Money(row.tax_minor, currency),
            reason=TaxReason(row.reason),
            because=row.exemption_id or "",
        )
        found[row.item] = (*found.get(row.item, ()), component)
    return found


# Buyers' certificates


async def exemptions_of(session: AsyncSession, user_id: str, on: date) -> list[TaxExemption]:
    """Those that hold on a day."""
    rows = await (await session.connection()).execute(
        select(
            ExemptionRow.id,
            ExemptionRow.kind,
            ExemptionRow.jurisdiction,
            ExemptionRow.valid_from,
            ExemptionRow.valid_to,
        )
        .where(ExemptionRow.user_id == user_id, ExemptionRow.valid_from <= on)
        .where(or_(ExemptionRow.valid_to.is_(None), ExemptionRow.valid_to >= on))
        .order_by(ExemptionRow.id)
    )
    return [TaxExemption(*row) for row in rows]


async def grant_exemption(
    session: AsyncSession,
    user_id: str,
    number: str,
    *,
    kind: str,
    jurisdiction: str,
    valid_from: date,
    valid_to: date | None,
    by: str,
) -> str:
    """The certificate's id. Raises `NotFound` for nobody's account, `PersonErased`."""
    if await session.scalar(select(User.id).where(User.id == user_id)) is None:
        raise NotFound("There is no such account.")
    exemption_id = new_id("txe")
    key = await person_keys.open_key(session, user_id)
    await session.execute(
        insert(ExemptionRow).values(
            id=exemption_id,
            user_id=user_id,
            kind=kind,
            jurisdiction=jurisdiction,
            sealed=person_keys.seal_field(key, user_id, f"tax_exemption/{exemption_id}", number),
            valid_from=valid_from,
            valid_to=valid_to,
            granted_by=by,
        )
    )
    return exemption_id


async def end_exemption(session: AsyncSession, exemption_id: str, last_day: date) -> None:
    """What was sold until then stays exempt. Raises `NotFound`, and `InvalidInput` for a day before its first."""
    row = await session.get(ExemptionRow, exemption_id, with_for_update=True)
    if row is None:
        raise NotFound("There is no such certificate.")
    if last_day < row.valid_from:
        raise InvalidInput("A certificate can't end before it begins.", field="valid_to")
    row.valid_to = last_day
    await session.flush()


# Artisans' tax numbers


async def place_of(session: AsyncSession, shop_id: str) -> tuple[str, str]:
    """Country and region of a shop, which decide what its commission is taxed with."""
    country, region = (await session.execute(select(Shop.country, Shop.region).where(Shop.id == shop_id))).one()
    return country, region


@dataclass(frozen=True, slots=True)
class SellerId:
    tax_id: TaxId
    since: date


async def seller_id(session: AsyncSession, shop_id: str, on: date) -> SellerId | None:
    """The shop's tax number of a day; None where it had none. Raises `PersonErased`."""
    row = await session.scalar(
        select(SellerTaxId)
        .where(SellerTaxId.shop_id == shop_id, SellerTaxId.valid_from <= on)
        .where(or_(SellerTaxId.valid_to.is_(None), SellerTaxId.valid_to > on))
        .order_by(SellerTaxId.created_at.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )
    if row is None:
        return None
    key = await person_keys.open_key(session, row.user_id)
    number = person_keys.open_field(key, row.user_id, f"seller_tax_id/{row.id}", row.sealed)
    return SellerId(TaxId(TaxIdKind(row.kind), row.country, number), row.valid_from)


async def change_seller_id(session: AsyncSession, shop_id: str, user_id: str, new: TaxId | None, now: datetime) -> bool:
    """From today on; None for a shop that is no longer registered. False when it is as it was. Months that were
    invoiced keep what held then. Raises `PersonErased`."""
    today = now.date()
    held = await seller_id(session, shop_id, today)
    if (held.tax_id if held else None) == new:
        return False
    await session.execute(
        update(SellerTaxId)
        .where(SellerTaxId.shop_id == shop_id, SellerTaxId.valid_to.is_(None))
        .values(valid_to=func.greatest(SellerTaxId.valid_from, today))
    )
    if new is not None:
        row_id = new_id("stx")
        key = await person_keys.open_key(session, user_id)
        await session.execute(
            insert(SellerTaxId).values(
                id=row_id,
                shop_id=shop_id,
                user_id=user_id,
                kind=new.kind.value,
                country=new.country,
                sealed=person_keys.seal_field(key, user_id, f"seller_tax_id/{row_id}", new.number),
                valid_from=today,
                created_at=now,
            )
        )
    return True


# Erasure and a person's own copy


async def forget(session: AsyncSession, person_id: str) -> int:
    """Takes a person's numbers out; that a certificate lifted a tax stays, for the tax office. How many there were."""
    numbers = await session.scalars(
        update(ExemptionRow)
        .where(ExemptionRow.user_id == person_id, ExemptionRow.sealed.is_not(None))
        .values(sealed=None)
        .returning(ExemptionRow.id)
    )
    gone = await session.scalars(delete(SellerTaxId).where(SellerTaxId.user_id == person_id).returning(SellerTaxId.id))
    return len(numbers.all()) + len(gone.all())


async def numbers_of(session: AsyncSession, person_id: str) -> dict[str, Sequence[dict[str, str | None]]]:
    """Certificates and tax numbers in full, for their owner."""
    exemptions = (await session.scalars(select(ExemptionRow).where(ExemptionRow.user_id == person_id))).all()
    own = (await session.scalars(select(SellerTaxId).where(SellerTaxId.user_id == person_id))).all()
    if not exemptions and not own:
        return {"tax_exemptions": [], "tax_numbers": []}
    key = await person_keys.open_key(session, person_id)

    def opened(field: str, sealed: bytes | None) -> str | None:
        return None if sealed is None else person_keys.open_field(key, person_id, field, sealed)

    return {
        "tax_exemptions": [
            {
                "id": row.id,
                "kind": row.kind,
                "jurisdiction": row.jurisdiction,
                "number": opened(f"tax_exemption/{row.id}", row.sealed),
                "valid_from": row.valid_from.isoformat(),
                "valid_to": row.valid_to.isoformat() if row.valid_to else None,
            }
            for row in exemptions
        ],
        "tax_numbers": [
            {
                "country": row.country,
                "number": opened(f"seller_tax_id/{row.id}", row.sealed),
                "valid_from": row.valid_from.isoformat(),
                "valid_to": row.valid_to.isoformat() if row.valid_to else None,
            }
            for row in own
        ],
    }
