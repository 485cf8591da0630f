"""Plain English for what keeps money back. Owns words only."""

from collections.abc import Mapping

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
