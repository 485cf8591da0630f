"""Plain English for what keeps money back, and for when it becomes the shop's. Owns words only."""

from collections.abc import Mapping

from models.rules.commission.record import Status
from models.rules.holds import AppealOutcome, HoldReason, HoldRule

RULES: Mapping[HoldRule, str] = {
    HoldRule.NEW_SELLER: "New shop's reserve: a tenth of what is earned waits for 30 days from the first sale.",
    HoldRule.REVIEW: "Under review: our team wants to look at something first.",
}
REASONS: Mapping[HoldReason, str] = {
    HoldReason.FIRST_SALES: "For what buyers may still send back while the shop is new.",
    HoldReason.UNUSUAL_SALES: "The sales were unusual.",
    HoldReason.COMPLAINTS: "Buyers have complained.",
    HoldReason.IDENTITY: "We have to make sure that it is paid to the right person.",
}
OUTCOMES: Mapping[AppealOutcome, str] = {
    AppealOutcome.RELEASED: "We let it go after your objection.",
    AppealOutcome.KEPT: "We looked at your objection, and it still has to wait.",
}

FUNDS_ARE_RELEASED = "funds_are_released"
"""What an order's deadline means once everything has arrived."""
COMMISSIONS: Mapping[str, str] = {
    Status.IN_REVIEW: "Yours when the customer approves what you have shown; their silence approves it too.",
    Status.PAUSED: "Our team has paused the commission, and decides.",
    Status.ENDING: "The commission has ended, and what was paid is being divided.",
    Status.FINISHED: "What was paid for sending the piece is yours when it has arrived.",
}


def coming_text(status: str, then: str, *, is_commission: bool) -> str:
    """When a sale's money becomes the shop's."""
    if is_commission:
        return COMMISSIONS.get(status, "Each part is yours when its milestone is approved.")
    if then == FUNDS_ARE_RELEASED:
        return "Everything has arrived; the money becomes yours a few days later."
    return "Yours three days after everything has arrived."
