"""The names of what the audit log records. Standard library only.

An entry holds opaque ids, codes and numbers; never a name, an address, a mail address or free text.
"""

from enum import StrEnum


class Audited(StrEnum):
    """`<what>.<happened>`; words for people stand in `api.wording`."""

    SIGNED_IN = "session.signed_in"
    SIGN_IN_FAILED = "session.refused"
    ELEVATED = "session.elevated"  # proved again
    SIGNED_OUT = "session.signed_out"
    SESSION_REVOKED = "session.revoked"

    REGISTERED = "account.registered"
    REGISTERED_AGAIN = "account.registered_again"  # somebody used the address of an account that is there
    REGISTRATION_REFUSED = "account.registration_refused"  # by the owner of the mailbox
    EMAIL_VERIFIED = "account.email_verified"
    EMAIL_CHANGED = "account.email_changed"
    PASSWORD_CHANGED = "account.password_changed"  # noqa: S105 - a name, not a password
    FACTOR_ADDED = "account.factor_added"
    FACTOR_REMOVED = "account.factor_removed"
    RECOVERY_CODES_DRAWN = "account.recovery_codes_drawn"
    IDENTITY_LINKED = "account.identity_linked"
    IDENTITY_UNLINKED = "account.identity_unlinked"
    WAYS_IN_REVIEWED = "account.ways_in_reviewed"  # after a new password by letter
    ADDRESS_ADDED = "account.address_added"
    PAYOUT_ACCOUNT_CHANGED = "account.payout_account_changed"
    TAX_NUMBER_CHANGED = "account.tax_number_changed"
    TAX_EXEMPTION_CHANGED = "account.tax_exemption_changed"
    CONSENT_CHANGED = "account.consent_changed"

    PERMISSION_CHANGED = "permission.changed"
    SHOP_APPROVED = "shop.approved"
    SHOP_REFUSED = "shop.refused"
    CLIENT_REGISTERED = "client.registered"
    CLIENT_CHANGED = "client.changed"
    CLIENT_REVOKED = "client.revoked"
    GRANT_GIVEN = "grant.given"
    GRANT_REVOKED = "grant.revoked"
    REFRESH_REUSED = "grant.refresh_reused"

    PAYMENT_CAPTURED = "payment.captured"
    PAYMENT_VOIDED = "payment.voided"
    PAYMENT_REFUNDED = "payment.refunded"
    REFUND_FAILED = "payment.refund_failed"  # the provider could not deliver it
    REFUND_DECIDED = "payment.refund_decided"
    COMMISSION_AGREED = "commission.agreed"  # an offer or a change, with the most that may be charged
    COMMISSION_LEFT = "commission.left"
    COMMISSION_DECIDED = "commission.decided"  # ended by our team, with the artisan's share
    COMMISSION_PAUSED = "commission.paused"  # by our team, or let go on
    CREDIT_PROPOSED = "credit.proposed"  # store credit or a gift card that we would give away
    CREDIT_DECIDED = "credit.decided"
    CREDIT_GIVEN_UP = "credit.given_up"
    GIFT_CARD_REDEEMED = "gift_card.redeemed"
    GIFT_CARD_BLOCKED = "gift_card.blocked"
    GIFT_CARD_BOUGHT = "gift_card.bought"
    GIFT_CARD_CODE_RENEWED = "gift_card.code_renewed"  # its buyer had lost the mail
    REPAYMENT_PROPOSED = "repayment.proposed"
    REPAYMENT_ANSWERED = "repayment.answered"
    REPAYMENT_CHANGED = "repayment.changed"
    REPAYMENT_ENDED = "repayment.ended"
    FEE_RULE_SET = "fee_rule.set"
    FEE_RULE_ENDED = "fee_rule.ended"
    PLAN_CHANGED = "shop.plan_changed"
    PROMOTION_OPENED = "promotion.opened"
    PROMOTION_ENDED = "promotion.ended"
    RISK_DECIDED = "payment.risk_decided"
    STORY_AGREED = "story.agreed"  # the customer: it may be told in public
    STORY_TAKEN_BACK = "story.taken_back"
    WITHDRAWN = "withdrawal.requested"
    PAYOUT_SENT = "payout.sent"
    PAYOUT_FAILED = "payout.failed"
    PAYOUT_DAYS_CHANGED = "payout.days_changed"
    HOLD_PLACED = "hold.placed"
    HOLD_APPEALED = "hold.appealed"
    HOLD_DECIDED = "hold.decided"
    REPAIR_PROPOSED = "case.repair_proposed"
    REPAIR_DECLINED = "case.repair_declined"
    REPAIR_APPROVED = "case.repair_approved"

    DATA_READ = "data.read"  # an administrator saw personal or financial data
    DATA_EXPORTED = "data.exported"
    LOG_READ = "log.read"
    PAYLOADS_READ = "payloads.read"

    ERASURE_REQUESTED = "erasure.requested"
    ERASURE_CANCELLED = "erasure.cancelled"
    ERASED = "erasure.done"
    DEBT_WRITTEN_OFF = "debt.written_off"
    KEY_ROTATED = "key.rotated"
    KEY_ERASED = "key.erased"
