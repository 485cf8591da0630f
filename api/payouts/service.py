"""Keeping a shop's bank account. Pays nobody."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import Keeper
from api.payouts.schemas import IbanAccount, PayoutAccountView, UsAccount
from core import clock
from models.audited import Audited
from models.errors import NotFound
from models.repositories import audit, letters, payout_accounts


@dataclass(frozen=True)
class PayoutAccounts:
    session: AsyncSession

    async def find(self, keeper: Keeper) -> PayoutAccountView | None:
        saved = await payout_accounts.find(self.session, keeper.shop_id)
        return PayoutAccountView.of(saved) if saved else None

    async def shown(self, keeper: Keeper) -> PayoutAccountView:
        """Raises `NotFound` when none was given yet."""
        found = await self.find(keeper)
        if found is None:
            raise NotFound("You have not told us yet where your money should go.")
        return found

    async def change(self, keeper: Keeper, given: IbanAccount | UsAccount) -> PayoutAccountView:
        """The owner is told by mail, and payouts pause: whoever did it may not have been them."""
        bank = given.bank()
        before = await payout_accounts.find(self.session, keeper.shop_id)
        if before is not None and before.bank == bank:
            return PayoutAccountView.of(before)
        now = clock.now()
        await payout_accounts.save(self.session, keeper.shop_id, keeper.person.id, bank, now)
        await audit.append(
            self.session,
            Audited.PAYOUT_ACCOUNT_CHANGED,
            actor=keeper.person.id,
            role=keeper.person.role,
            subject=keeper.shop_id,
            details={"kind": bank.kind, "first": before is None},
        )
        await letters.write(
            self.session, "payout_account_changed", keeper.person.id, details={"shop_id": keeper.shop_id}
        )
        return PayoutAccountView.of(payout_accounts.SavedAccount(bank, now))
