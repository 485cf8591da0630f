"""The kinds of letters about an account, and how long the links in them live. Standard library only."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum


class LetterKind(StrEnum):
    """Each has a text in `activities.letter_texts`."""

    VERIFY_EMAIL = "verify_email"
    ALREADY_REGISTERED = "already_registered"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - a kind, not a password
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a kind of letter
    WAYS_IN_LEFT = "ways_in_left"  # the same by letter, where more than the password opens the account
    EMAIL_CHANGE = "email_change"  # to the new address, with the link
    EMAIL_CHANGED = "email_changed"  # to the old one
    SHOP_APPLICATION_RECEIVED = "shop_application_received"
    SHOP_APPROVED = "shop_approved"
    SHOP_REFUSED = "shop_refused"
    FACTOR_ADDED = "factor_added"
    FIRST_FACTOR_ADDED = "first_factor_added"  # where there was none before: with the link that undoes it
    FACTOR_REMOVED = "factor_removed"
    NEW_SIGN_IN = "new_sign_in"
    RECOVERY_CODES_USED = "recovery_codes_used"
    APP_SIGNED_OUT = "app_signed_out"  # somebody brought one of its used refresh tokens
    PAYOUT_ACCOUNT_CHANGED = "payout_account_changed"
    BANK_DETAILS_REFUSED = "bank_details_refused"
    PAYOUT_SENT = "payout_sent"
    PAYOUT_FAILED = "payout_failed"
    HOLD_PLACED = "hold_placed"
    HOLD_DECIDED = "hold_decided"
    REPAYMENT_PROPOSED = "repayment_proposed"
    REPAYMENT_CHANGED = "repayment_changed"
    REPAYMENT_ENDED = "repayment_ended"
    PLACE_OFFERED = "place_offered"  # to who waits for a commission
    PLACE_PASSED = "place_passed"
    STORY_OFFERED = "story_offered"  # to the customer: may the making of their piece be told?
    STORY_AGREED = "story_agreed"
    STORY_DECLINED = "story_declined"
    STORY_TAKEN_BACK = "story_taken_back"  # to the other side
    EXPORT_READY = "export_ready"
    GIFT_CARD_BOUGHT = "gift_card_bought"  # to its buyer, with the code
    GIFT_CARD_FOR_YOU = "gift_card_for_you"  # to whom the buyer gives it
    ERASURE_SCHEDULED = "erasure_scheduled"
    ERASURE_CANCELLED = "erasure_cancelled"
    ERASURE_DONE = "erasure_done"


LINK_LIVES: Mapping[LetterKind, timedelta] = {
    LetterKind.VERIFY_EMAIL: timedelta(hours=48),
    LetterKind.RESET_PASSWORD: timedelta(hours=1),
    LetterKind.EMAIL_CHANGE: timedelta(hours=24),
    LetterKind.FIRST_FACTOR_ADDED: timedelta(days=7),
    LetterKind.GIFT_CARD_BOUGHT: timedelta(days=7),
    LetterKind.GIFT_CARD_FOR_YOU: timedelta(days=7),
}
"""Letters whose link does something by itself, once; of a gift card, how long its mail may be under way: the code in it
does not expire. All others lead to a page that asks who you are."""
CARRY_A_CODE = frozenset({LetterKind.GIFT_CARD_BOUGHT, LetterKind.GIFT_CARD_FOR_YOU})
VOIDED_BY_A_NEW_PASSWORD = frozenset(LINK_LIVES) - {LetterKind.FIRST_FACTOR_ADDED} - CARRY_A_CODE
"""Whoever has added the factor may change the password, too; the owner must still be able to undo it."""
