"""Buying a gift card: stores who wants which, asks the process, reads where it stands. Decides nothing of that."""

from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.visitor import Person
from api.credit.schemas import BoughtCardView, BuyGiftCardInput, BuyingView
from api.credit.words import BUYING, CARDS
from api.money import MoneyView, money
from api.process_client import ProcessClient, ProcessClosed
from core import clock
from models.errors import NotFound, NotNow, Unavailable
from models.repositories import gift_cards
from models.repositories.processes import read_process
from models.rules.credit import CARD_AMOUNTS
from models.tables.credit import GiftCard, GiftCardPurchase
from models.types import GiftCardStatus, Money
from workflows.gift_card_purchase.messages import CustomerReturned, GiftCardInput, workflow_id


@dataclass(frozen=True)
class GiftCards:
    session: AsyncSession
    processes: ProcessClient
    public_url: str

    def on_sale(self, currency: str) -> list[MoneyView]:
        return [money(minor, currency) for minor in CARD_AMOUNTS[currency]]

    async def buy(self, person: Person, given: BuyGiftCardInput) -> BuyingView:
        """The click. A second one, and another tab, get the same card as long as it is not paid."""
        amount = Money(given.amount_minor, given.currency)
        for _ in range(2):
            card_id = await gift_cards.want(self.session, person.id, amount, given.to)
            # The process opens transactions of its own on the same row: ours must be over before it starts.
            await self.session.commit()
            try:
                await self.processes.buy_gift_card(
                    GiftCardInput(card_id, person.id, given.amount_minor, given.currency)
                )
            except ProcessClosed:
                self.session.expire_all()
                continue  # it ended while we looked
            return BuyingView(card=await self.of(person, card_id), redirect_url=await self.pay_url(person, card_id))
        raise NotNow("This gift card was paid for or expired just now. Look at your gift cards, then try again.")

    async def of(self, person: Person, card_id: str) -> BoughtCardView:
        row = await self._own(person, card_id)
        return await self._view(row, await self.session.get(GiftCard, card_id, populate_existing=True))

    async def all_of(self, person: Person) -> list[BoughtCardView]:
        """Paid ones and those under way, the newest first."""
        return [await self._view(row, card) for row, card in await gift_cards.bought_by(self.session, person.id)]

    async def pay_url(self, person: Person, card_id: str) -> str:
        row = await self._own(person, card_id)
        return row.redirect_url or f"{self.public_url}/gift-cards/{card_id}"

    async def customer_returned(self, person: Person, card_id: str) -> None:
        """The browser is back: if nothing has been heard yet, the process asks the provider now."""
        row = await self._own(person, card_id)
        if row.state == "open":
            await self.session.commit()
            with suppress(NotNow):  # it is being asked already, or has ended
                await self.processes.update(
                    workflow_id(card_id), "customer_returned", CustomerReturned(), GiftCardStatus
                )

    async def renew_code(self, person: Person, card_id: str) -> BoughtCardView:
        await self._own(person, card_id)
        letter_id = await gift_cards.renew_code(self.session, card_id, clock.now())
        await self.session.commit()
        with suppress(Unavailable):  # then the sweeper hands it over
            await self.processes.send_letter(letter_id)
        return await self.of(person, card_id)

    async def _own(self, person: Person, card_id: str) -> GiftCardPurchase:
        row = await gift_cards.find(self.session, card_id)
        if row.buyer_id != person.id:
            raise NotFound("This gift card does not exist.")
        return row

    async def _view(self, row: GiftCardPurchase, card: GiftCard | None) -> BoughtCardView:
        # A card that is paid for stands in its own row: a list of them asks for the processes of those under way alone.
        process = await read_process(self.session, workflow_id(row.id)) if card is None else None
        status = card.status if card is not None else process.status if process is not None else "placing"
        return BoughtCardView(
            id=row.id,
            amount=money(row.amount_minor, row.currency),
            status=status,
            status_text=CARDS[status] if card is not None else BUYING.get(status, BUYING["capturing"]),
            deadline=process.deadline if process is not None and row.state == "open" else None,
            can_pay=row.state == "open" and status == GiftCardStatus.AWAITING_PAYMENT.value,
            can_renew_code=card is not None and card.status == "open",
            is_final=row.state != "open",
            created_at=row.created_at,
        )
