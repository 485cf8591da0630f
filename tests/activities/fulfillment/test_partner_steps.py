"""What is asked of couriers, the payment provider and the mail service: keyed, looked up, never twice."""

from dataclasses import replace

import pytest
from temporalio.activity import _CompleteAsyncError
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.logistics import BuyParcelLabel, Delivery, DeliveryStep, LogisticsActivities
from activities.mail_texts import TEXTS
from activities.notifications import (
    TO_ARTISAN,
    TO_ARTISAN_ABOUT_REQUEST,
    TO_BUYER,
    TO_BUYER_ABOUT_PARCEL,
    TO_BUYER_ABOUT_REFUND,
    TO_BUYER_ABOUT_REQUEST,
    TO_CHECKOUTS_BUYER,
    NotificationActivities,
    Notify,
)
from activities.refunds import RefundActivities, SendRefund
from core import clock
from core.database import Database
from models.errors import PartnerRefused
from models.ports import Settlement
from models.repositories import exchanges, inbox, orders, parcels, people, refund_requests, refunds
from models.repositories.refunds import Wanted
from models.tables.orders import Order
from models.types import DeliveryOutcome, Money, ParcelStatus, RefundState
from tests.support.orders import PaidOrder
from tests.support.partners import MemoryCourier, MemoryMailer, MemoryRefunds

ABOUT_REQUESTS = TO_ARTISAN_ABOUT_REQUEST | TO_BUYER_ABOUT_REQUEST


def attempt(number: int) -> ActivityEnvironment:
    """As the worker runs an activity for the n-th time."""
    environment = ActivityEnvironment()
    environment.info = environment.info.__class__(**{**vars(environment.info), "attempt": number})
    return environment


def send(order: PaidOrder, key: str = "1") -> SendRefund:
    return SendRefund(order.id, f"fulfillment-{order.id}/refund-whole", key, {}, order.pieces)


async def test_a_refund_whose_answer_got_lost_is_found_and_not_sent_again(database: Database, order: PaidOrder) -> None:
    provider = MemoryRefunds(forgets_answers=1)
    steps = RefundActivities(database, provider)
    with pytest.raises(ApplicationError) as lost:
        await attempt(1).run(steps.send_refund, send(order))
    assert (lost.value.type, lost.value.non_retryable) == ("partner_unavailable", False)
    sent = await attempt(1).run(steps.send_refund, send(order, "2"))  # even under another key
    assert sent.amount_minor == order.total_minor
    assert len(provider.sent) == 1


async def test_a_refund_of_what_settles_elsewhere_waits_for_its_settlement(
    database: Database, order: PaidOrder
) -> None:
    """The charge came in euro, so its refund can't be booked as dollars that were never there."""
    async with database.transaction() as session:
        charged = Money(order.total_minor, "USD")
        await exchanges.keep_settlement(session, order.checkout_id, charged, Money(order.total_minor * 9 // 10, "EUR"))
    provider = MemoryRefunds()
    steps = RefundActivities(database, provider)
    with pytest.raises(ApplicationError) as unbooked:
        await steps.send_refund(send(order))
    assert (unbooked.value.type, unbooked.value.non_retryable) == ("partner_unavailable", False)
    gross = Money(-(order.total_minor * 9 // 10), "EUR")
    booked = Settlement("txn_1", gross, Money(0, "EUR"), gross, clock.now(), None)
    provider.sent = {key: replace(one, settlement=booked) for key, one in provider.sent.items()}
    assert (await steps.send_refund(send(order))).amount_minor == order.total_minor
    assert len(provider.sent) == 1
    async with database.transaction() as session:
        refund = await refunds.get(session, send(order).operation)
        assert refund.settled_minor == -gross.minor


async def test_a_refusal_is_final_for_this_try(database: Database, order: PaidOrder) -> None:
    steps = RefundActivities(database, MemoryRefunds(fails=[PartnerRefused("no balance")]))
    with pytest.raises(ApplicationError) as refused:
        await attempt(1).run(steps.send_refund, send(order))
    assert (refused.value.type, refused.value.non_retryable) == ("partner_refused", True)
    assert (await attempt(1).run(steps.send_refund, send(order, "2"))).amount_minor == order.total_minor


async def test_a_label_whose_answer_got_lost_is_bought_once(database: Database, order: PaidOrder) -> None:
    courier = MemoryCourier(forgets_answers=1)
    steps = LogisticsActivities(database, {"swift": courier})
    step = BuyParcelLabel(order.id, "par_000000000001", "swift", "standard", 900, "key")
    with pytest.raises(ApplicationError):
        await attempt(1).run(steps.buy_label, step)
    label = await attempt(2).run(steps.buy_label, step)
    assert label.tracking_number == "SW000000000001"
    assert len(courier.labels) == 1


async def test_an_unknown_courier_is_refused_with_the_known_ones(database: Database, order: PaidOrder) -> None:
    steps = LogisticsActivities(database, {"swift": MemoryCourier()})
    with pytest.raises(ApplicationError, match="swift") as refused:
        await steps.dispatch(DeliveryStep("pigeon", "SW1", 1, "key"))
    assert refused.value.non_retryable


async def test_a_callback_that_came_early_is_the_result_and_without_one_the_activity_stays_open(
    database: Database,
) -> None:
    steps = LogisticsActivities(database, {"swift": MemoryCourier()})
    step = DeliveryStep("swift", "SW1", 2, "key")
    with pytest.raises(_CompleteAsyncError):
        await ActivityEnvironment().run(steps.deliver, step)
    async with database.transaction() as session:
        for event_id, kind, number in (("e1", "failed", 1), ("e2", "in_transit", 2), ("e3", "returned", 2)):
            await inbox.store(session, inbox.NewEvent("courier:swift", event_id, kind, "SW1", {}, number))
        await inbox.store(session, inbox.NewEvent("courier:other", "e4", "delivered", "SW1", {}, 2))
    told = await ActivityEnvironment().run(steps.deliver, step)
    assert told == Delivery(DeliveryOutcome.RETURNED, "e3")


async def test_every_text_has_somebody_to_go_to() -> None:
    about_orders = TO_ARTISAN | TO_BUYER | TO_BUYER_ABOUT_PARCEL | TO_BUYER_ABOUT_REFUND | TO_CHECKOUTS_BUYER
    assert about_orders | ABOUT_REQUESTS == set(TEXTS)


@pytest.mark.parametrize("kind", sorted(TEXTS))
async def test_every_mail_reaches_its_reader_once_and_says_what_it_is_about(
    database: Database, order: PaidOrder, kind: str
) -> None:
    operation = f"fulfillment-{order.id}/refund-whole"
    async with database.transaction() as session:
        await parcels.add_parcel(
            session,
            parcel_id="par_1",
            order_id=order.id,
            courier="swift",
            service="standard",
            tracking_number="SW1",
            label_url="https://swift.example/1",
            label_price=Money(690, "USD"),
            status=ParcelStatus.LABELLED,
            pieces=order.pieces,
        )
        number = (await orders.get_order(session, order.id)).number
        asked = refund_requests.NewRequest(order.id, "damaged", order.pieces, "USD", 4_321)
        request = await refund_requests.add(session, asked, author_id=order.buyer_id, text="A crack.")
        await refund_requests.record(session, request, offered_minor=4_321, agreed_minor=4_321)
        await refunds.reserve(session, order.id, operation, Wanted(amount_minor=1_234), reason="out_of_material")
        await refunds.note_taken(session, operation, "re_1", RefundState.SUCCEEDED, actor="system", now=clock.now())
    subject = (
        order.checkout_id
        if kind in TO_CHECKOUTS_BUYER
        else "par_1"
        if kind in TO_BUYER_ABOUT_PARCEL
        else operation
        if kind in TO_BUYER_ABOUT_REFUND
        else request
        if kind in ABOUT_REQUESTS
        else order.id
    )
    mailer = MemoryMailer()
    steps = NotificationActivities(database, mailer, "https://shop.example/")
    for _ in range(2):
        await steps.notify(Notify(kind, subject, "key"))
    (mail,) = mailer.sent.values()
    to_artisan = kind in TO_ARTISAN | TO_ARTISAN_ABOUT_REQUEST
    assert mail.to == (order.shop.owner_email if to_artisan else order.buyer_email)
    assert "{" not in mail.subject + mail.text
    assert f"https://shop.example/{'studio/orders/' + order.id if to_artisan else ''}" in mail.text
    if kind not in TO_CHECKOUTS_BUYER:
        assert number in mail.subject
    if kind == "order_refunded":
        assert "$12.34" in mail.subject
        assert "run out of the material" in mail.text


async def test_a_mail_about_what_came_back_leaves_out_the_credit_that_did_not(
    database: Database, order: PaidOrder
) -> None:
    """10.00 go to the card and the rest becomes credit. The bank returns the 10.00, and only they are sent again."""
    mailer = MemoryMailer()
    steps = NotificationActivities(database, mailer, "https://shop.example")

    async def taken(provider_id: str) -> None:
        async with database.transaction() as session:
            now = clock.now()
            await refunds.note_taken(session, "op", provider_id, RefundState.SUCCEEDED, actor="system", now=now)

    async with database.transaction() as session:
        row = await session.get_one(Order, order.id)
        row.credit_minor = row.total_minor - 1_000
        await refunds.reserve(session, order.id, "op", Wanted(amount_minor=1_500), reason="damaged")
    await taken("re_1")
    await steps.notify(Notify("order_refunded", "op", "first"))
    async with database.transaction() as session:
        await refunds.note_failed(session, "op", "re_1", actor="system")
    await steps.notify(Notify("refund_failed", "op", "back"))
    await taken("re_2")
    await steps.notify(Notify("order_refunded", "op", "again"))
    first, back, again = (mailer.sent[key].text for key in ("first", "back", "again"))
    assert "the card that you paid with ($10.00) and your store credit ($5.00)" in first
    assert ("the $10.00 of your order" in back, "$15.00" in back) == (True, False)
    assert ("$10.00 of your order" in again, "store credit (" in again) == (True, False)


async def test_names_are_escaped_in_html_and_unknown_kinds_are_refused(database: Database, order: PaidOrder) -> None:
    mailer = MemoryMailer()
    steps = NotificationActivities(database, mailer, "https://shop.example")
    await steps.notify(Notify("order_received", order.id, "key"))
    assert "Saltmarsh&#x27;s keeper" in mailer.sent["key"].html
    with pytest.raises(ApplicationError, match="no mail of the kind"):
        await steps.notify(Notify("order_forgotten", order.id, "key"))


async def test_nobody_writes_to_somebody_who_has_been_erased(database: Database, order: PaidOrder) -> None:
    async with database.transaction() as session:
        assert await people.erase(session, order.buyer_id, "erasure-1", clock.now())
    mailer, courier = MemoryMailer(), MemoryCourier()
    mails = NotificationActivities(database, mailer, "https://shop.example")
    for number, kind in enumerate(("order_confirmed", "order_accepted", "order_received")):
        await mails.notify(Notify(kind, order.checkout_id if kind == "order_confirmed" else order.id, str(number)))
    assert [mail.to for mail in mailer.sent.values()] == [order.shop.owner_email]

    label = BuyParcelLabel(order.id, "par_1", "swift", "standard", 900, "key")
    with pytest.raises(ApplicationError) as refused:
        await attempt(1).run(LogisticsActivities(database, {"swift": courier}).buy_label, label)
    assert (refused.value.type, refused.value.non_retryable) == ("person_erased", True)
