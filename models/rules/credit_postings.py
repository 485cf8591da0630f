"""What the ledger books on gift cards and store credit: what customers may still spend with us is owed to them.

A gift card of USD 50.00, bought (the provider keeps 1.75), partly spent on an order of 106.00, and its rest expired:

    sold       provider_pending +50.00   gift_cards -50.00   processing_fees +1.75   provider_pending -1.75
    spent      gift_cards +20.00   provider_pending +86.00   order_held -100.00   tax_payable -6.00
    expired    gift_cards +30.00   fees_earned -30.00

A card is redeemed whole: its 50.00 become store credit of whoever brings the code, and checkouts know nothing else.

    redeemed   gift_cards +50.00   store_credit -50.00

Spending is a part of the sale's own posting (`sale(..., paid_by=[gift_card_spent(...)])`), and giving back a part of
the refund's (`refund(..., paid_to=[credit_given_back(...)])`). What we give away lowers what we have earned, as a
payment to a customer does (IFRS 15, paragraph 70); what expires unspent is earned.
"""

from models.rules.bookkeeping import AccountKind, LedgerEntry, moved, positive
from models.types import Money

_EARNED = (AccountKind.FEES_EARNED, "")


def gift_card_sold(card_id: str, amount: Money, provider_fee: Money) -> list[LedgerEntry]:
    return [
        *moved(amount, debit=(AccountKind.PROVIDER_PENDING, ""), credit=(AccountKind.GIFT_CARDS, card_id)),
        LedgerEntry(AccountKind.PROCESSING_FEES, "", provider_fee),
        LedgerEntry(AccountKind.PROVIDER_PENDING, "", provider_fee * -1),
    ]


def gift_card_issued(card_id: str, amount: Money) -> list[LedgerEntry]:
    """Nobody paid for it; USD 10.00 books `fees_earned +10.00   gift_cards -10.00`."""
    return moved(amount, debit=_EARNED, credit=(AccountKind.GIFT_CARDS, card_id))


def gift_card_spent(card_id: str, amount: Money) -> LedgerEntry:
    """For `paid_by` of a sale."""
    return LedgerEntry(AccountKind.GIFT_CARDS, card_id, positive(amount))


def gift_card_given_back(card_id: str, amount: Money) -> LedgerEntry:
    """For `paid_to` of a refund."""
    return LedgerEntry(AccountKind.GIFT_CARDS, card_id, positive(amount) * -1)


def gift_card_expired(card_id: str, left: Money) -> list[LedgerEntry]:
    return moved(left, debit=(AccountKind.GIFT_CARDS, card_id), credit=_EARNED)


def credit_granted(person_id: str, amount: Money) -> list[LedgerEntry]:
    """A gift of ours; USD 10.00 books `fees_earned +10.00   store_credit -10.00`."""
    return moved(amount, debit=_EARNED, credit=(AccountKind.STORE_CREDIT, person_id))


def credit_spent(person_id: str, amount: Money) -> LedgerEntry:
    """For `paid_by` of a sale."""
    return LedgerEntry(AccountKind.STORE_CREDIT, person_id, positive(amount))


def credit_given_back(person_id: str, amount: Money) -> LedgerEntry:
    """For `paid_to` of a refund."""
    return LedgerEntry(AccountKind.STORE_CREDIT, person_id, positive(amount) * -1)


def gift_card_redeemed(card_id: str, person_id: str, amount: Money) -> list[LedgerEntry]:
    return moved(amount, debit=(AccountKind.GIFT_CARDS, card_id), credit=(AccountKind.STORE_CREDIT, person_id))


def credit_forfeited(person_id: str, left: Money) -> list[LedgerEntry]:
    """Given up by its owner; USD 4.00 books `store_credit +4.00   fees_earned -4.00`."""
    return moved(left, debit=(AccountKind.STORE_CREDIT, person_id), credit=_EARNED)
