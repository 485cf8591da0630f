"""An artisan's promotions and codes: listing, opening, ending. One transaction each."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import Keeper
from api.promotions.schemas import NewPromotionInput, PromotionView
from core import clock
from models.audited import Audited
from models.errors import InvalidInput
from models.repositories import audit, fee_rules, promotions, shops
from models.repositories.promotions import KeptPromotion, NewPromotion
from models.rules.promotions import Promotion, normalised, refuse_promotion


@dataclass(frozen=True)
class Promotions:
    session: AsyncSession

    async def listed(self, shop_id: str, page: int, per_page: int) -> list[PromotionView]:
        """Those that run or will run first."""
        now = clock.now()
        found = await promotions.of_shop(self.session, shop_id, limit=per_page, offset=(page - 1) * per_page)
        return [PromotionView.of(one, now) for one in found]

    async def open(self, keeper: Keeper, given: NewPromotionInput) -> PromotionView:
        """Raises `InvalidInput`, `CodeTaken`."""
        now, shop = clock.now(), await shops.get(self.session, keeper.shop_id)
        assert shop is not None  # noqa: S101 - the keeper's own
        code = normalised(given.code)
        if given.code.strip() and not code:
            raise InvalidInput("A code has 3 to 24 letters from A to Z, digits and hyphens.", field="code")
        if unknown := set(given.categories) - set(await fee_rules.categories(self.session)):
            raise InvalidInput("There is no such category.", field="categories", unknown=sorted(unknown))
        promotion = Promotion(
            id="",
            name=given.name,
            percent_bp=given.percent_bp,
            amount_minor=given.amount_minor,
            minimum_minor=given.minimum_minor,
            listings=frozenset(given.listings),
            categories=frozenset(given.categories),
            code=code or None,
        )
        since, limits = given.since or now, (given.most_uses, given.most_per_person)
        refuse_promotion(promotion, shop.currency, since, given.until, now=now, limits=limits)
        kept = await promotions.add(self.session, keeper.shop_id, NewPromotion(promotion, since, given.until, *limits))
        await self._note(Audited.PROMOTION_OPENED, keeper, kept)
        return PromotionView.of(kept, now)

    async def end(self, keeper: Keeper, promotion_id: str) -> PromotionView:
        """Raises `NotFound` for another shop's, too, and `PromotionOver`."""
        kept = await promotions.end(self.session, keeper.shop_id, promotion_id)
        await self._note(Audited.PROMOTION_ENDED, keeper, kept)
        return PromotionView.of(kept, clock.now())

    async def _note(self, what: Audited, keeper: Keeper, kept: KeptPromotion) -> None:
        await audit.append(
            self.session,
            what,
            actor=keeper.person.id,
            role=keeper.person.role,
            subject=keeper.shop_id,
            details={
                "promotion": kept.promotion.id,
                "percent_bp": kept.promotion.percent_bp or 0,
                "amount_minor": kept.promotion.amount_minor or 0,
                "voucher": kept.promotion.code is not None,
            },
        )
