"""Orders for the JSON API and the pages: reads SQL, moves the process by updates. Orchestrates nothing.

Other people's orders do not exist, whoever asks. Every move answers with the order as it stands afterwards.
"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.visitor import Person
from api.catalogue.schemas import Page
from api.dependencies import Keeper
from api.fulfillment import views
from api.fulfillment.schemas import OrderCard, OrderView, PackInput, ParcelView, QuoteView
from api.money import money_view
from api.process_client import ProcessClient
from models.errors import Conflict, InvalidInput, PartnerRefused, PartnerUnavailable
from models.ports import Courier, ShippingQuote
from models.repositories import inbox, orders, parcels
from models.repositories.processes import read_process, read_timeline
from models.types import ParcelStatus, new_id
from workflows.fulfillment import messages


class OrderService:
    """`session` is the request's; it is committed before the process or a courier is asked."""

    def __init__(self, session: AsyncSession, processes: ProcessClient, couriers: Mapping[str, Courier]) -> None:
        self._session = session
        self._processes = processes
        self._couriers = couriers

    # The buyer's side

    async def bought(self, person: Person, page: int = 1, per_page: int = 20) -> Page[OrderCard]:
        found, total = await orders.list_orders(
            self._session, buyer_id=person.id, limit=per_page, offset=(page - 1) * per_page
        )
        return _page(found, total, page, per_page)

    async def bought_order(self, person: Person, order_id: str) -> OrderView:
        """Raises `NotFound`."""
        return await self._view(await orders.order_facts(self._session, order_id, buyer_id=person.id))

    async def confirm_receipt(self, person: Person, order_id: str) -> OrderView:
        """Every parcel on its way has arrived. Raises `NotFound`, or `NotNow` when none is on its way."""
        await orders.order_facts(self._session, order_id, buyer_id=person.id)
        on_their_way = [
            facts.parcel.id
            for facts in await parcels.parcels_of(self._session, order_id)
            if facts.parcel.status == ParcelStatus.HANDED_OVER.value
        ]
        # Two clicks at once see the same parcels and are one update.
        update_id = f"confirm_receipt-{on_their_way[-1]}" if on_their_way else None
        await self._move(order_id, "confirm_receipt", messages.ConfirmReceipt(person.id), update_id)
        return await self.bought_order(person, order_id)

    async def cancel(
        self, person: Person, order_id: str, pieces: Mapping[str, int], seen: int | None = None
    ) -> OrderView:
        """These, or everything that has not been sent. `seen` is how far the order's story went for whoever clicked:
        it makes two clicks on one page one cancellation. Raises `NotFound`, `NotNow`, `InvalidInput`."""
        await orders.order_facts(self._session, order_id, buyer_id=person.id)
        lines = tuple(messages.ParcelLine(listing_id, quantity) for listing_id, quantity in sorted(pieces.items()))
        process = await read_process(self._session, messages.workflow_id(order_id))
        at = seen if seen is not None else process.sequence if process else 0
        update_id = f"cancel-{at}-{hashlib.sha256(repr(lines).encode()).hexdigest()[:16]}"
        await self._move(order_id, "cancel", messages.CancelOrder(person.id, lines), update_id)
        return await self.bought_order(person, order_id)

    # The artisan's side

    async def sold(
        self, keeper: Keeper, page: int = 1, per_page: int = 20, statuses: Sequence[str] = ()
    ) -> Page[OrderCard]:
        found, total = await orders.list_orders(
            self._session,
            shop_id=keeper.shop_id,
            statuses=statuses,
            limit=per_page,
            offset=(page - 1) * per_page,
        )
        return _page(found, total, page, per_page)

    async def sold_order(self, keeper: Keeper, order_id: str) -> OrderView:
        """Raises `NotFound`."""
        facts = await orders.order_facts(self._session, order_id, shop_id=keeper.shop_id)
        return await self._view(facts, for_artisan=True)

    async def accept(self, keeper: Keeper, order_id: str) -> OrderView:
        """Raises `NotNow` when the order was answered, or has lapsed."""
        return await self._shop_move(keeper, order_id, "accept", messages.AcceptOrder(keeper.person.id), "accept")

    async def decline(self, keeper: Keeper, order_id: str, reason: str, *, restock: bool) -> OrderView:
        """The buyer is refunded whole."""
        message = messages.DeclineOrder(keeper.person.id, reason, restock)
        return await self._shop_move(keeper, order_id, "decline", message, "decline")

    async def answer_cancellation(self, keeper: Keeper, order_id: str, *, agree: bool, restock: bool) -> OrderView:
        """Raises `NotNow` when the buyer asks for nothing, or it has answered itself."""
        process = await read_process(self._session, messages.workflow_id(order_id))
        message = messages.AnswerCancellation(keeper.person.id, agree, restock)
        update_id = f"answer_cancellation-{process.sequence if process else 0}-{agree}-{restock}"
        return await self._shop_move(keeper, order_id, "answer_cancellation", message, update_id)

    async def finish_making(self, keeper: Keeper, order_id: str) -> OrderView:
        message = messages.FinishMaking(keeper.person.id)
        return await self._shop_move(keeper, order_id, "finish_making", message, "finish_making")

    async def quotes(self, keeper: Keeper, order_id: str, weight_grams: int, courier: str | None) -> list[QuoteView]:
        """What couriers ask for a parcel of this order, the cheapest first. One courier's silence hides only its own
        prices; raises `PartnerUnavailable` when nobody answers."""
        await orders.order_facts(self._session, order_id, shop_id=keeper.shop_id)
        journey = await orders.journey(self._session, order_id)
        await self._session.commit()
        asked = [self._courier(courier)] if courier else list(self._couriers.values())
        answers = await asyncio.gather(
            *(one.quote(journey.origin, journey.to, weight_grams, journey.currency) for one in asked),
            return_exceptions=True,
        )
        found: list[QuoteView] = []
        for one, answer in zip(asked, answers, strict=True):
            if isinstance(answer, PartnerRefused | PartnerUnavailable):
                continue
            if isinstance(answer, BaseException):
                raise answer
            found += [_quote(one, quote) for quote in answer]
        if not found:
            raise PartnerUnavailable("No courier answers at the moment. Try again in a minute.")
        return sorted(found, key=lambda quote: (quote.price.minor, quote.days_max))

    async def pack(self, keeper: Keeper, order_id: str, given: PackInput, key: str | None = None) -> ParcelView:
        """Packs a parcel and buys its label. The same parcel id, or the same `key`, is the same parcel: repeated after
        `Unavailable` it waits for the first request's label and buys no second one."""
        facts = await orders.order_facts(self._session, order_id, shop_id=keeper.shop_id)
        titles = {line.listing_id: line.title for line in facts.lines}
        self._courier(given.courier)
        parcel_id = given.parcel_id or (_parcel_id_of(order_id, key) if key else new_id("par"))
        known = await parcels.get_parcel(self._session, parcel_id)
        if known is not None and known.order_id != order_id:
            raise Conflict("This parcel id belongs to another parcel. Use a new one for each parcel.")
        if known is None:
            message = messages.BuyLabel(
                actor_id=keeper.person.id,
                parcel_id=parcel_id,
                courier=given.courier,
                service=given.service,
                weight_grams=given.weight_grams,
                lines=tuple(messages.ParcelLine(line.listing_id, line.quantity) for line in given.lines),
            )
            # A corrected request is another update: a refusal is remembered under what was refused.
            update_id = f"buy_label-{parcel_id}-{_digest(given)}"
            await self._move(order_id, "buy_label", message, update_id, messages.LabelBought)
        packed = {found.parcel.id: found for found in await parcels.parcels_of(self._session, order_id)}
        return views.parcel_view(packed[parcel_id], titles, self._courier_names)

    async def hand_over(self, keeper: Keeper, order_id: str, parcel_id: str) -> OrderView:
        """The courier has it: its delivery begins."""
        message = messages.HandOver(keeper.person.id, parcel_id)
        return await self._shop_move(keeper, order_id, "hand_over", message, f"hand_over-{parcel_id}")

    # Helpers

    @property
    def _courier_names(self) -> dict[str, str]:
        return {code: courier.name for code, courier in self._couriers.items()}

    def _courier(self, code: str) -> Courier:
        if code not in self._couriers:
            raise InvalidInput(
                f"There is no courier {code!r}. Choose one of: {', '.join(sorted(self._couriers))}.", field="courier"
            )
        return self._couriers[code]

    async def _shop_move(self, keeper: Keeper, order_id: str, name: str, message: Any, update_id: str) -> OrderView:
        await orders.order_facts(self._session, order_id, shop_id=keeper.shop_id)
        await self._move(order_id, name, message, update_id)
        return await self.sold_order(keeper, order_id)

    async def _move(
        self,
        order_id: str,
        name: str,
        message: Any,
        update_id: str | None,
        answer: type[Any] = messages.OrderState,
    ) -> None:
        """The update id makes a double click one move. What was read before is stale afterwards."""
        await self._session.commit()
        await self._processes.update(messages.workflow_id(order_id), name, message, answer, update_id=update_id)
        self._session.expire_all()

    async def _view(self, facts: orders.OrderFacts, *, for_artisan: bool = False) -> OrderView:
        workflow_id = messages.workflow_id(facts.order.id)
        process = await read_process(self._session, workflow_id)
        entries = await read_timeline(self._session, workflow_id)
        packed = await parcels.parcels_of(self._session, facts.order.id)
        scans = {
            found.parcel.id: await inbox.scans(self._session, found.parcel.courier, found.parcel.tracking_number)
            for found in packed
        }
        return views.order_view(
            facts,
            process=process,
            entries=entries,
            parcels=packed,
            scans=scans,
            couriers=self._courier_names,
            for_artisan=for_artisan,
        )


def _page(found: Sequence[orders.OrderCard], total: int, page: int, per_page: int) -> Page[OrderCard]:
    return Page(
        items=[views.card(row) for row in found],
        total=total,
        total_is_floor=False,
        page=page,
        pages=max(1, -(-total // per_page)),
    )


def _quote(courier: Courier, quote: ShippingQuote) -> QuoteView:
    return QuoteView(
        courier=courier.code,
        courier_name=courier.name,
        service=quote.service,
        price=money_view(quote.price),
        days_min=quote.days_min,
        days_max=quote.days_max,
    )


_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def _digest(given: PackInput) -> str:
    return hashlib.sha256(given.model_dump_json(exclude={"parcel_id"}).encode()).hexdigest()[:16]


def _parcel_id_of(order_id: str, key: str) -> str:
    """The same request's parcel id, whichever replica it reaches, and even when its first answer got lost."""
    value = int.from_bytes(hashlib.sha256(f"{order_id}\n{key}".encode()).digest()[:17], "big")
    return "par_" + "".join(_ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5))
