"""Where the customer pays for a commission, or confirms a payment to their bank. Pure."""

from api.commissions.plan import unsettled
from api.commissions.schemas import PaymentView
from api.commissions.seen import Seen
from api.commissions.versions import title_of
from api.money import money
from models.rules.commission.record import Status

AWAITED = {Status.AWAITING_DEPOSIT, Status.AWAITING_FUNDS}
TEXTS = {
    "none": "Nothing is to be paid at the moment.",
    "opening": "The payment page is being opened. Ask again in a moment.",
    "pay": "Pay on the payment provider's page.",
    "confirm": "Your bank wants you to confirm this payment. It is the same payment; nothing is charged twice.",
    "declined": "The card was declined. Try it again, once there is money on it, or pay with another card.",
}


def payment_view(seen: Seen) -> PaymentView:
    tried = unsettled(seen.charges)
    is_awaited = seen.stands is not None and seen.stands.status in AWAITED
    state = "none"
    if is_awaited and tried is not None:
        state = {"declined": "declined", "needs_customer": "confirm"}.get(tried.state, "pay")
    url = tried.redirect_url if tried is not None else None
    if state in {"pay", "confirm"} and not url:
        state = "opening"
    is_shown = state != "none" and tried is not None
    return PaymentView(
        state=state,
        text=TEXTS[state],
        url=url if state in {"pay", "confirm"} else None,
        total=money(tried.amount_minor + tried.tax_minor, seen.currency) if tried is not None and is_shown else None,
        title=title_of(seen.written(seen.version), tried.before) if tried is not None and is_shown else "",
        until=seen.stands.until if seen.stands is not None and is_awaited else None,
        can_retry=state in {"declined", "opening"}
        and seen.stands is not None
        and seen.stands.status == Status.AWAITING_FUNDS.value,
    )
