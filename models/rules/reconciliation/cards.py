"""A gift card that somebody bought: a charge of its own, which no checkout and no order explains.

What the provider charged and kept decides what should be booked for the card; any other posting is a difference.
"""

from models.rules import credit_postings, fx_postings
from models.rules.bookkeeping import PostingKind
from models.rules.reconciliation.differences import Difference, DifferenceKind, of_entries
from models.rules.reconciliation.facts import CardFact
from models.types import Money


def card_step(card_id: str) -> str:
    """The charge's reference at the provider, and the beginning of the card's step keys."""
    return f"gift-card/{card_id}"


def card_differences(card: CardFact) -> list[Difference]:
    subject = card_step(card.card_id)
    charges = [line for line in card.lines if line.type == "charge"]
    sold = [one for one in card.postings if not one.repairs]
    if not charges:
        amounts = [entry.amount for one in sold for entry in one.entries if entry.owner == card.card_id]
        if not amounts:
            return []
        nothing = Money(0, amounts[0].currency)
        return [Difference(DifferenceKind.MISSING_AT_PROVIDER, subject, amounts[0] * -1, nothing)]
    first = charges[0]
    found = [
        Difference(
            DifferenceKind.DOUBLED_CHARGE,
            line.id,
            Money(0, line.amount.currency),
            line.amount,
            facts={"line": line.id, "source": line.source},
        )
        for line in charges[1:]
    ]
    face = next((e.amount for one in sold for e in one.entries if e.owner == card.card_id), first.amount)
    if face.currency == first.amount.currency:
        expected = credit_postings.gift_card_sold(card.card_id, first.amount, first.fee)
    else:  # only the sale knows what was charged; the line says what it was settled as
        expected = fx_postings.gift_card_sold(card.card_id, face * -1, first.amount, first.fee)
    return found + of_entries(
        expected,
        [entry for one in card.postings for entry in one.entries],
        postings=len(sold),
        subject=subject,
        unit="",
        reference=card.card_id,
        kind=PostingKind.GIFT_CARD_SOLD,
        currency=first.amount.currency,
    )
