"""An artisan's tax number: kept, checked by its form, and what it means for the commission."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import Keeper
from api.invoices.schemas import TaxNumberView
from core import clock
from models.audited import Audited
from models.ports import TaxReason
from models.repositories import audit, taxes
from models.rules.tax.fees import fee_tax
from models.rules.tax.identifiers import TaxId, checked_tax_id, kind_for
from models.rules.tax.platform import PLATFORM
from models.rules.tax.rates import per_cent
from models.types import Money


@dataclass(frozen=True)
class TaxNumbers:
    """`session` is the request's."""

    session: AsyncSession

    async def shown(self, keeper: Keeper) -> TaxNumberView:
        country, region = await taxes.place_of(self.session, keeper.shop_id)
        today = clock.now().date()
        held = await taxes.seller_id(self.session, keeper.shop_id, today)
        taxed = fee_tax(
            Money(10_000, "EUR"),
            country=country,
            region=region,
            tax_id=held.tax_id if held else None,
            on=today,
            platform=PLATFORM,
        )
        return TaxNumberView(
            country=country,
            asked=kind_for(country) is not None,
            number=held.tax_id.number if held else "",
            since=held.since if held else None,
            treatment=_treatment([(one.name, one.rate_millionths, one.reason) for one in taxed.components]),
        )

    async def change(self, keeper: Keeper, typed: str) -> TaxNumberView:
        """From today on. Raises `InvalidInput` for a number that the shop's country does not give out."""
        country, _ = await taxes.place_of(self.session, keeper.shop_id)
        return await self._change(keeper, checked_tax_id(country, typed))

    async def remove(self, keeper: Keeper) -> TaxNumberView:
        """For a shop that is not registered any more."""
        return await self._change(keeper, None)

    async def _change(self, keeper: Keeper, new: TaxId | None) -> TaxNumberView:
        if await taxes.change_seller_id(self.session, keeper.shop_id, keeper.person.id, new, clock.now()):
            await audit.append(
                self.session,
                Audited.TAX_NUMBER_CHANGED,
                actor=keeper.person.id,
                role=keeper.person.role,
                subject=keeper.shop_id,
                details={"kind": new.kind.value if new else "none"},
            )
        return await self.shown(keeper)


def _treatment(taxed: list[tuple[str, int, TaxReason]]) -> str:
    reason = taxed[0][2]
    if reason is TaxReason.REVERSE_CHARGE:
        return "Our commission bears no tax: you account for it yourself (reverse charge)."
    if reason is TaxReason.OUT_OF_SCOPE:
        return "Our commission bears no tax where your shop is."
    names = " and ".join(f"{name} of {per_cent(rate)} %" for name, rate, _ in taxed)
    return f"Our commission includes {names}. It costs you nothing on top."
