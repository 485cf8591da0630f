"""Starts a withdrawal and says what has come of it. Decides nothing that the process decides."""

from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import Keeper
from api.idempotency import Idempotency
from api.payouts.money_schemas import PayoutDetails
from api.payouts.money_service import ShopMoney
from api.process_client import ProcessClient, ProcessClosed
from api.withdrawal.schemas import WithdrawalInput
from core.database import keys_of
from core.sealing import blind_index
from models.errors import NotFound, NotNow
from models.types import new_id
from workflows import policies
from workflows.withdrawal import messages

ID_LENGTH = 26


@dataclass(frozen=True)
class Withdrawals:
    """`allow_time_scale` is false in the cluster."""

    session: AsyncSession
    processes: ProcessClient
    allow_time_scale: bool

    async def request(self, keeper: Keeper, given: WithdrawalInput, once: Idempotency) -> PayoutDetails:
        """Answered once the money is set aside. Raises `PayoutRefused`, and `NotNow` for a key whose withdrawal was
        refused before."""
        scale = keeper.person.time_scale if self.allow_time_scale else 1
        start = messages.WithdrawalInput(
            withdrawal_id=self._id(keeper, given, once),
            shop_id=keeper.shop_id,
            artisan_id=keeper.person.id,
            currency=given.currency,
            deadlines=policies.resolve_payout(scale=scale),
        )
        await self.session.commit()  # the process opens transactions of its own
        request = messages.RequestWithdrawal(keeper.person.id, given.amount_minor, given.currency)
        with suppress(ProcessClosed):  # it ended before this repeated request came
            await self.processes.request_withdrawal(start, request)
        self.session.expire_all()
        shown = ShopMoney(self.session, self.allow_time_scale)
        try:
            return await shown.payout(keeper, messages.workflow_id(start.withdrawal_id))
        except NotFound as error:
            raise NotNow("This was refused when it was first asked. Ask again under another key.") from error

    def _id(self, keeper: Keeper, given: WithdrawalInput, once: Idempotency) -> str:
        """Made of the request's own key where it has one: repeated after an answer that got lost, it finds its own
        withdrawal, and two that were meant are two."""
        if once.key is None:
            return new_id("wdr")
        meant = f"withdrawal/{keeper.shop_id}/{once.key}/{given.amount_minor}/{given.currency}"
        return f"wdr_{blind_index(keys_of(self.session), meant)[:ID_LENGTH]}"
