"""How long each wait of a commission is. Resolved once, at its start, by `workflows.policies.resolve_commission`."""

from dataclasses import dataclass
from datetime import timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True)
class CommissionDeadlines:
    """Each wait is somebody's, and its end means something that was said beforehand."""

    quote_within: timedelta = 7 * DAY
    """The artisan's, for a first quote; then the request lapses."""
    offer_stands: timedelta = 7 * DAY
    """The other side's, for each quote and counter-offer; then it lapses."""
    deposit_within: timedelta = 3 * DAY
    """The customer's, from acceptance; then the contract never came to be."""
    approve_within: timedelta = 7 * DAY
    """The customer's, for each proof; then their silence approves."""
    remind_after: tuple[timedelta, ...] = (3 * DAY, 6 * DAY)
    """Of a proof that awaits its answer."""
    change_stands: timedelta = 7 * DAY
    """The other side's, for each change order; then it lapses and the contract stays."""
    fund_within: timedelta = 7 * DAY
    """The customer's, after a card was declined or wants them; then they count as gone."""
    ask_provider_after: timedelta = timedelta(minutes=10)
    """First look at a payment that waits for the customer without a webhook; each further one waits twice as long."""
    charge_again_after: timedelta = DAY
    """After a decline the same card is tried once more by itself."""
    late_grace: timedelta = 14 * DAY
    """From a milestone's due day; then the customer may leave with everything back."""
    silent_grace: timedelta = 14 * DAY
    """After that grace; then the commission ends as the artisan's."""
    revise_within: timedelta = 7 * DAY
    """The artisan's more days, for each revision."""
    day: timedelta = DAY
    """A day of work; shorter on demo accounts."""
