"""All SQL of the taxes of a commission's contract, as they were worked out for each of its versions."""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.ports import TaxComponent
from models.rules.invoices import TaxPart
from models.tables.taxes import CommissionTax


async def freeze(
    session: AsyncSession, commission_id: str, version: int, taxed: Mapping[str, Sequence[TaxComponent]]
) -> int:
    """Keeps what a version is taxed with, by `commission` and `shipping`, and answers the sum. Of a version that was
    assessed before, the first assessment counts: its answer may be what the process went on with."""
    rows = [
        {
            "commission_id": commission_id,
            "version": version,
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
        for item, components in taxed.items()
        for position, one in enumerate(components)
    ]
    if rows:
        await session.execute(insert(CommissionTax).values(rows).on_conflict_do_nothing())
    frozen = await session.scalar(
        select(func.sum(CommissionTax.tax_minor)).where(
            CommissionTax.commission_id == commission_id, CommissionTax.version == version
        )
    )
    return int(frozen or 0)


async def of_versions(session: AsyncSession, commission_id: str) -> dict[int, tuple[TaxPart, ...]]:
    """Version → its taxes. A version from before they were kept is not in it."""
    rows = await session.scalars(
        select(CommissionTax)
        .where(CommissionTax.commission_id == commission_id)
        .order_by(CommissionTax.version, CommissionTax.item, CommissionTax.position)
    )
    found: dict[int, tuple[TaxPart, ...]] = {}
    for row in rows:
        part = TaxPart(
            row.item, row.name, row.jurisdiction, row.rate_millionths, row.reason, row.base_minor, row.tax_minor
        )
        found[row.version] = (*found.get(row.version, ()), part)
    return found
