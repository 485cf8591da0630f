"""Named timeouts, retry policies and business deadlines. Nothing else decides how long anybody waits.

Deadlines are resolved once, when a process starts, by `resolve_*`: policy, then a shop's or administrator's override,
then the time scale of a demo account. The result travels in the workflow's input; workflow code reads no settings.
"""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from temporalio.common import RetryPolicy

from models.rules.commission.deadlines import CommissionDeadlines

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SHORTEST = timedelta(seconds=2)
"""No scaled deadline is shorter: timers under a second are late anyway, and a person must see the state at all."""


@dataclass(frozen=True)
class CheckoutDeadlines:
    """Waits of one checkout. `pay_within` is never scaled: a person types a card number in real minutes."""

    pay_within: timedelta = timedelta(minutes=15)
    review_within: timedelta = DAY
    """Also capped by the provider's `capture_before`, which no policy can extend."""
    ask_provider_after: timedelta = timedelta(minutes=1)
    """First look-up when no webhook came; each further one waits twice as long."""


@dataclass(frozen=True)
class GiftCardDeadlines:
    """Waits of one gift card that somebody buys. Never scaled, as of a checkout."""

    pay_within: timedelta = timedelta(minutes=30)
    ask_provider_after: timedelta = timedelta(minutes=1)
    """First look-up when no webhook came; each further one waits twice as long."""


@dataclass(frozen=True)
class RefundDeadlines:
    """Waits of one refund that somebody has asked for."""

    answer_within: timedelta = 5 * DAY
    """The artisan's; then an administrator looks at it."""
    consider_within: timedelta = 7 * DAY
    """The buyer's, to choose between the artisan's answer and an administrator."""
    decide_within: timedelta = 5 * DAY
    """The administrator's; then the buyer gets what they asked for."""
    return_within: timedelta = 14 * DAY
    """The buyer's, to send pieces back (as in Directive 2011/83/EU, art. 14(1))."""
    confirm_return_within: timedelta = 10 * DAY
    """The artisan's, from when the buyer has sent them; then they count as received."""
    ask_provider_after: timedelta = timedelta(minutes=1)
    """First look-up of a refund under way; each further one waits twice as long."""
    confirm_within: timedelta = 10 * DAY
    """Of the provider; then an administrator looks into it, while the provider is asked on."""
    mend_within: timedelta = 5 * DAY
    """After a refund came back; then it is tried once more without anybody's word."""


@dataclass(frozen=True)
class FulfillmentDeadlines:
    """Waits of one order."""

    accept_within: timedelta = 48 * HOUR
    accept_reminder_after: timedelta = 36 * HOUR
    ship_within: timedelta = 3 * DAY
    """The promise frozen at checkout: lead time and handling of the slowest line, counted from acceptance."""
    ship_grace: timedelta = 7 * DAY
    """After a missed ship-by date the order is cancelled and refunded (16 CFR 435.2(b): no consent, no delay)."""
    deliver_within: timedelta = 14 * DAY
    """From hand-over; after it the buyer is asked and support looks."""
    lost_after: timedelta = 14 * DAY
    """From overdue; after it the parcel counts as lost and the buyer is refunded."""
    release_after: timedelta = 3 * DAY
    """From delivery; then the artisan's money is theirs."""
    refund_retry_after: timedelta = DAY
    """After the provider refused a refund and an administrator was told."""
    delivery_attempts: int = 3
    answer_cancellation_within: timedelta = 2 * DAY
    """How long the artisan may think about a buyer's wish to cancel what is being made."""
    refund: RefundDeadlines = field(default_factory=RefundDeadlines)
    """Of refunds that the provider has taken and not confirmed."""


@dataclass(frozen=True)
class ExportDeadlines:
    fetch_within: timedelta = 7 * DAY
    """After that the archive is deleted."""


@dataclass(frozen=True)
class ErasureDeadlines:
    """Waits of one erasure. Once it may begin, nothing but what is still open holds it up."""

    ponder: timedelta = 14 * DAY
    """Until then nothing happens, and the person may change their mind."""
    check_every: timedelta = DAY
    """Whether what it waits for is over."""
    settle: timedelta = timedelta(minutes=1)
    """Between the closing of a shop and the first look: whoever was about to buy there has by then."""
    try_again_after: timedelta = DAY
    """After a partner refused to forget somebody, and an administrator was told."""


@dataclass(frozen=True)
class PayoutDeadlines:
    """Waits of one payout or withdrawal."""

    pause_after_change: timedelta = 3 * DAY
    """A changed bank account waits so long for its first payout, so that its owner can object."""
    funds_check_every: timedelta = 6 * HOUR
    """What buyers paid becomes available by itself, and the provider says when it has."""
    funds_within: timedelta = 14 * DAY
    ask_every: timedelta = DAY
    """The provider, when no webhook says that it is paid or has failed."""
    answer_within: timedelta = 6 * HOUR
    """The provider, to one question where a payout is; then our team is told, and it is asked on."""
    late_after: timedelta = 7 * DAY
    """From sending; then our team is told that the bank takes long."""
    return_window: timedelta = 7 * DAY
    """From arrival: a bank may send it back for so long."""
    details_within: timedelta = 30 * DAY
    """For the artisan to correct what stopped a payout; its money is payable meanwhile."""
    details_check_every: timedelta = DAY
    recall_retry_after: timedelta = DAY
    """After the provider would not move money back, and an administrator was told."""


@dataclass(frozen=True)
class TalkDeadlines:
    """Waits of mails about unread messages of a commission."""

    mail_after: timedelta = timedelta(minutes=5)
    """From the first message that waits: who is there answers before."""
    mail_again_after: timedelta = timedelta(minutes=30)
    """From a mail to the next one about the same conversation, to the same side."""


def resolve_checkout(*, pay_within_seconds: int | None = None, scale: int = 1) -> CheckoutDeadlines:
    """The deadlines of a checkout that starts now, with the operator's reservation time where there is one."""
    policy = CheckoutDeadlines()
    return replace(
        policy,
        pay_within=policy.pay_within if pay_within_seconds is None else timedelta(seconds=pay_within_seconds),
        review_within=_scaled(policy.review_within, scale),
    )


def resolve_fulfillment(
    *, ship_within_days: int, accept_within_hours: int | None = None, scale: int = 1
) -> FulfillmentDeadlines:
    """The deadlines of an order, with its shop's own time to accept where the shop has set one."""
    policy = FulfillmentDeadlines()
    accept = policy.accept_within if accept_within_hours is None else accept_within_hours * HOUR
    return FulfillmentDeadlines(
        accept_within=_scaled(accept, scale),
        accept_reminder_after=_scaled(accept * 3 / 4, scale),
        ship_within=_scaled(max(1, ship_within_days) * DAY, scale),
        ship_grace=_scaled(policy.ship_grace, scale),
        deliver_within=_scaled(policy.deliver_within, scale),
        lost_after=_scaled(policy.lost_after, scale),
        release_after=_scaled(policy.release_after, scale),
        refund_retry_after=_scaled(policy.refund_retry_after, scale),
        delivery_attempts=policy.delivery_attempts,
        answer_cancellation_within=_scaled(policy.answer_cancellation_within, scale),
        refund=resolve_refund(scale=scale),
    )


def resolve_commissioned(*, scale: int = 1) -> FulfillmentDeadlines:
    """The deadlines of a finished commission's way. Its piece was worth months of work and is paid: its maker gets more
    time before what they were paid for sending it goes back."""
    return replace(
        resolve_fulfillment(ship_within_days=COMMISSION_SHIPS_WITHIN_DAYS, scale=scale),
        ship_grace=_scaled(COMMISSION_SHIP_GRACE, scale),
    )


def resolve_refund(*, scale: int = 1) -> RefundDeadlines:
    policy = RefundDeadlines()
    return RefundDeadlines(
        answer_within=_scaled(policy.answer_within, scale),
        consider_within=_scaled(policy.consider_within, scale),
        decide_within=_scaled(policy.decide_within, scale),
        return_within=_scaled(policy.return_within, scale),
        confirm_return_within=_scaled(policy.confirm_return_within, scale),
        ask_provider_after=_scaled(policy.ask_provider_after, scale),
        confirm_within=_scaled(policy.confirm_within, scale),
        mend_within=_scaled(policy.mend_within, scale),
    )


def resolve_export(*, scale: int = 1) -> ExportDeadlines:
    return ExportDeadlines(fetch_within=_scaled(ExportDeadlines().fetch_within, scale))


def resolve_erasure(*, scale: int = 1) -> ErasureDeadlines:
    policy = ErasureDeadlines()
    return ErasureDeadlines(
        ponder=_scaled(policy.ponder, scale),
        settle=_scaled(policy.settle, scale),
        check_every=_scaled(policy.check_every, scale),
        try_again_after=_scaled(policy.try_again_after, scale),
    )


def resolve_payout(*, scale: int = 1) -> PayoutDeadlines:
    policy = PayoutDeadlines()
    return PayoutDeadlines(
        pause_after_change=_scaled(policy.pause_after_change, scale),
        funds_check_every=_scaled(policy.funds_check_every, scale),
        funds_within=_scaled(policy.funds_within, scale),
        ask_every=_scaled(policy.ask_every, scale),
        answer_within=_scaled(policy.answer_within, scale),
        late_after=_scaled(policy.late_after, scale),
        return_window=_scaled(policy.return_window, scale),
        details_within=_scaled(policy.details_within, scale),
        details_check_every=_scaled(policy.details_check_every, scale),
        recall_retry_after=_scaled(policy.recall_retry_after, scale),
    )


def resolve_commission(*, scale: int = 1) -> CommissionDeadlines:
    """A day of work has no least length: weeks of it pass in seconds on a demo account."""
    policy = CommissionDeadlines()
    return CommissionDeadlines(
        quote_within=_scaled(policy.quote_within, scale),
        offer_stands=_scaled(policy.offer_stands, scale),
        deposit_within=_scaled(policy.deposit_within, scale),
        approve_within=_scaled(policy.approve_within, scale),
        remind_after=tuple(_scaled(wait, scale) for wait in policy.remind_after),
        change_stands=_scaled(policy.change_stands, scale),
        fund_within=_scaled(policy.fund_within, scale),
        ask_provider_after=_scaled(policy.ask_provider_after, scale),
        charge_again_after=_scaled(policy.charge_again_after, scale),
        late_grace=_scaled(policy.late_grace, scale),
        silent_grace=_scaled(policy.silent_grace, scale),
        revise_within=_scaled(policy.revise_within, scale),
        day=policy.day / scale,
    )


def resolve_talk(*, scale: int = 1) -> TalkDeadlines:
    policy = TalkDeadlines()
    return TalkDeadlines(
        mail_after=_scaled(policy.mail_after, scale), mail_again_after=_scaled(policy.mail_again_after, scale)
    )


def _scaled(wait: timedelta, scale: int) -> timedelta:
    return wait if scale == 1 else max(SHORTEST, wait / scale)


DATABASE_STEP = timedelta(seconds=15)
"""Start-to-close of a step that only touches our own database."""
VENDOR_CALL = timedelta(seconds=20)
"""Start-to-close of one call to a partner, above the gateway's own read timeout."""
PERSON_WAITS = timedelta(seconds=25)
"""How long a step may be retried while somebody looks at a spinner; then they are told, and the process tidies up."""
FIRST_UPDATE_WITHIN = timedelta(minutes=1)
"""An update-with-start brings its update along; a run that has none after this was started by mistake."""
ASK_PROVIDER_AGAIN_AFTER = timedelta(seconds=5)
"""Between two look-ups that a browser asks for: a page that is reloaded all day must not fill a history."""
CONFIRM_AGAIN_AFTER = timedelta(seconds=2)
CONFIRM_AGAIN_AT_MOST = HOUR
"""Between two requests that a provider would not carry out: twice as long each time, up to this. An operator finds such
a process long before, and what it waits for may be mended at the provider."""
MAIL_GIVES_UP = 3 * DAY
"""A mail that could not be handed over for so long is no longer news."""

AUDIT_SEALED_AT = timedelta(minutes=10)
"""After midnight UTC: whatever was begun on the day before is committed by then."""
SCHEDULES_CATCH_UP_WITHIN = 30 * DAY
"""A start that was missed while the servers were away is made up for when they are back, within this."""
SCHEDULES_LOOKED_AT_EVERY = HOUR
"""Whether the server's schedules are still ours."""
SCHEDULES_TRIED_AGAIN_AFTER = timedelta(seconds=2)
"""A worker that could not reach the server's schedules asks again."""

RATES_FETCHED_AT = timedelta(hours=16, minutes=15)
"""After midnight UTC: the European Central Bank publishes at 16:00 in Frankfurt, an hour or two before."""
RATES_FETCHED_WITHIN = timedelta(seconds=40)
"""Start-to-close of two small files and a few rows."""
RATES_ASKED_AGAIN_AFTER = HOUR

RETENTION_RUNS_AT = timedelta(hours=3, minutes=20)
"""After midnight UTC, when the fewest people are about."""
PAYOUTS_RUN_AT = timedelta(hours=6)
"""After midnight UTC: banks of Europe and America take what is sent by then on the same day."""
PAYOUTS_PAGE = 100
"""Shops of one look into the database; a run continues as new after each."""
PAYOUTS_STARTED_AT_ONCE = 10
PAYOUTS_BREATHE = timedelta(seconds=1)
"""Between so many starts: what a run may ask of the database, of Temporal and of the payment provider."""
PAYOUT_PAGE_STEP = timedelta(minutes=1)
"""Start-to-close of one such look."""
PAYOUT_PAGE_BEAT = timedelta(seconds=15)
"""The longest that it may take over one shop: after a worker's death the day's payouts wait for no more than this."""
GATHERING = timedelta(minutes=5)
"""Start-to-close of reading everything about one person."""
INVOICES_ISSUED_AT = timedelta(hours=1, minutes=40)
"""After midnight UTC: the first run of a month invoices the month before."""
INVOICES_BATCH = timedelta(minutes=2)
"""Start-to-close of one batch of invoices."""
RECONCILED_AT = timedelta(hours=4, minutes=30)
"""After midnight UTC: before the day's payouts are begun."""
RECONCILIATION_LAG = timedelta(minutes=5)
"""What happened so lately is the next night's: the provider may still be telling it."""
RECONCILIATION_SETTLES = timedelta(hours=2)
"""A checkout or payout that has moved within so long is left to the next night, as it may be moving still."""
RECONCILIATION_STEP = timedelta(minutes=2)
"""Start-to-close of some pages of the provider's books, or of one batch that is compared."""
RECONCILIATION_STEPS = 100
"""Of one run; then it continues as new."""
SWEEP = timedelta(minutes=2)
"""Start-to-close of one batch of the retention schedule."""
SWEEP_GIVES_UP = HOUR
"""A table that can't be swept for so long is left to the next night: it must not keep the others."""
ERASURE_OVERDUE_AFTER = timedelta(days=30)
"""After the time to think, an erasure that still waits is shown to administrators as overdue: the law wants an end."""
CHECK_AGAIN_AFTER = timedelta(seconds=10)
"""Between two looks that a person asks for: a button that is pressed all day must not fill a history."""
ASK_REDACTION_AFTER = timedelta(seconds=5)
ASK_REFUND_AT_MOST = DAY
"""Between two looks whether the provider has confirmed a refund: twice as long each time, up to this."""
ASK_REDACTION_AT_MOST = HOUR
"""Between two looks whether the payment provider has forgotten somebody: twice as long each time, up to this."""

COMMISSION_SHIPS_WITHIN_DAYS = 7
COMMISSION_SHIP_GRACE = 30 * DAY
PLACE_OFFER_STANDS = 3 * DAY
"""The time of somebody on a waitlist to take the place that they are offered; then it is offered to the next."""
WAITLIST_LOOKED_AT_EVERY = DAY
WAITLIST_HISTORY = 1_000
"""Events of one run of a waitlist."""
TALK_HISTORY = 1_000
"""Events of one run of the process that mails about unread messages."""
COMMISSION_HISTORY = 1_200
"""Events of one run of a commission, which then continues as new: replaying it on a cold worker stays short."""
COMMISSION_HISTORY_AT_MOST = 1_800
"""Where a run is never quiet enough to make room for the next one, it hears nobody from here on until it has."""

DATABASE = RetryPolicy(
    initial_interval=timedelta(milliseconds=200), backoff_coefficient=2, maximum_interval=timedelta(seconds=10)
)
"""For ever: our own database comes back, and until then nothing may be decided."""
VENDOR = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2, maximum_interval=timedelta(seconds=30)
)
"""For ever: money is on its way and only the partner can tell where. Refusals are non-retryable by type."""
