"""What every table holds of a person, what erasing them does to it, and what an erasure has to wait for.

The one place that names personal columns. `deploy/DATA-MAP.md` shows `HELD` in words; tests find a table that is
missing here, an export that leaves one out, and personal data in a place that is not named.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Obligation(StrEnum):
    """What must be over first. Told to the person in words, so that they know what an erasure waits for."""

    BOUGHT = "orders_under_way"
    SOLD = "sales_under_way"
    CHECKOUT = "payment_under_way"
    MONEY = "money_not_paid_out"
    DEBT = "debt_to_us"
    SUSPENDED = "money_of_suspended_shop"
    CREDIT = "store_credit_left"
    DISPUTE = "dispute_open"


@dataclass(frozen=True, slots=True)
class Open:
    """What is still open between a person, other people and us."""

    bought: int = 0
    """Orders that they bought and whose process has not ended, refunds included, and pieces made for them."""
    sold: int = 0
    """The same of their shop's."""
    checkouts: int = 0
    """Payments under way, their own and those for pieces of their shop."""
    money: int = 0
    """Ledger accounts of their shop in which something is owed to them, and payouts that may still come back."""
    debts: int = 0
    """Those by which their shop owes us. Nothing that is sold any more repays them: an administrator ends the wait."""
    suspended: int = 0
    """`money`, of a shop that is suspended: it stays until that is decided."""
    disputes: int = 0
    credit: int = 0
    """Currencies in which they have store credit, until they have spent it or given it up."""


def obligations(open_: Open) -> tuple[Obligation, ...]:
    """What an erasure waits for, most pressing first; empty when nothing stands in its way."""
    counted = {
        Obligation.CHECKOUT: open_.checkouts,
        Obligation.BOUGHT: open_.bought,
        Obligation.SOLD: open_.sold,
        Obligation.DISPUTE: open_.disputes,
        Obligation.MONEY: open_.money,
        Obligation.SUSPENDED: open_.suspended,
        Obligation.DEBT: open_.debts,
        Obligation.CREDIT: open_.credit,
    }
    return tuple(obligation for obligation, count in counted.items() if count)


class Target(StrEnum):
    """Who has to forget somebody, and hands in a receipt for it. Couriers are added by their code."""

    MAIL = "mail"
    DATABASE = "database"
    SEARCH = "search"
    PAYMENTS = "payments"
    CONNECTED = "connected_account"
    COURIER = "courier:"


def receipts_due(couriers: frozenset[str], *, connected: bool) -> frozenset[str]:
    """The targets of one erasure, given the couriers that carried parcels from or to the person, and whether they keep
    a shop, which may have an account at the payment provider."""
    fixed = {Target.MAIL, Target.DATABASE, Target.SEARCH, Target.PAYMENTS, *({Target.CONNECTED} if connected else ())}
    return frozenset({target.value for target in fixed} | {f"{Target.COURIER.value}{code}" for code in couriers})


class Form(StrEnum):
    """How a personal value stands in its column."""

    SEALED = "sealed with the person's key"
    RING = "sealed with the platform's key"
    INDEX = "keyed hash"
    HASH = "hash"
    PUBLIC = "in clear: published by the artisan"
    CLEAR = "in clear"


@dataclass(frozen=True, slots=True)
class Held:
    """One table. `fields` are its personal columns."""

    fields: Mapping[str, Form] = field(default_factory=dict)
    erased: str = "stays"
    exported: bool = True
    why_not: str = ""
    """Why a person's own copy leaves the table out."""


_OPAQUE = Held(erased="stays: opaque ids")
_OF_NOBODY = Held(erased="stays", exported=False, why_not="holds nothing about a person")
_TRANSIENT = "lives for minutes, and repeats what they have just sent"
_DERIVED = "repeats what other tables hold"

HELD: Mapping[str, Held] = {
    "users": Held(
        {
            "email_sealed": Form.SEALED,
            "name_sealed": Form.SEALED,
            "email_index": Form.INDEX,
            "password_hash": Form.HASH,
        },
        "emptied",
    ),
    "person_keys": Held({"wrapped_key": Form.SEALED}, "key destroyed", exported=False, why_not="is the key itself"),
    "addresses": Held({"sealed": Form.SEALED, "country": Form.CLEAR}, "emptied but for the country"),
    "sessions": Held({"token_hash": Form.HASH, "device": Form.CLEAR}, "deleted"),
    "parked_forms": Held({"sealed": Form.RING}, "deleted", exported=False, why_not=_TRANSIENT),
    "outside_identities": Held({"sealed": Form.SEALED, "subject_index": Form.INDEX}, "deleted"),
    "sign_in_attempts": Held({}, "deleted", exported=False, why_not=_TRANSIENT),
    "code_secrets": Held({"sealed": Form.SEALED}, "deleted"),
    "recovery_codes": Held({"code_hash": Form.HASH}, "deleted"),
    "passkeys": Held({"name_sealed": Form.SEALED, "credential_id": Form.CLEAR, "public_key": Form.CLEAR}, "deleted"),
    "passkey_challenges": Held({}, "deleted", exported=False, why_not=_TRANSIENT),
    "letters": Held({"sealed_to": Form.SEALED, "browser_hash": Form.HASH}, "deleted"),
    "rate_limits": Held({"key": Form.INDEX}, "stays: over within an hour", exported=False, why_not=_TRANSIENT),
    "refused_sign_ins": Held(
        {"network": Form.INDEX},
        "stays: opaque ids, in the audit log within minutes",
        exported=False,
        why_not="stands in the audit log within minutes",
    ),
    "oauth_clients": Held({"name": Form.CLEAR}, "a shop's own is revoked and renamed"),
    "oauth_secrets": Held({"secret_hash": Form.HASH}, "stays", exported=False, why_not="are secrets of programs"),
    "oauth_consents": Held({}, "deleted"),
    "oauth_grants": Held({}, "deleted"),
    "oauth_codes": Held({"code_hash": Form.HASH}, "deleted", exported=False, why_not=_TRANSIENT),
    "oauth_refresh_tokens": Held({"token_hash": Form.HASH}, "deleted", exported=False, why_not="are secrets"),
    "signing_keys": _OF_NOBODY,
    "categories": _OF_NOBODY,
    "shops": Held(
        {
            "name": Form.PUBLIC,
            "slug": Form.PUBLIC,
            "owner_name": Form.PUBLIC,
            "tagline": Form.PUBLIC,
            "story": Form.PUBLIC,
            "city": Form.PUBLIC,
            "region": Form.PUBLIC,
            "postal_code": Form.PUBLIC,
            "avatar_content": Form.PUBLIC,
            "banner_content": Form.PUBLIC,
        },
        "overwritten but for country, currency and fee; closed",
    ),
    "shop_decisions": Held({"reason": Form.CLEAR}, "reason emptied"),
    "shipping_profiles": Held({}, "stays: prices"),
    "listings": Held(
        {
            "title": Form.PUBLIC,
            "slug": Form.PUBLIC,
            "description": Form.PUBLIC,
            "materials": Form.PUBLIC,
            "dimensions": Form.PUBLIC,
        },
        "overwritten but for price and weight; withdrawn",
    ),
    "listing_prices": Held({}, "stays: prices"),
    "stock": Held({}, "stays: numbers"),
    "pictures": Held({"alt": Form.PUBLIC, "content_id": Form.PUBLIC}, "deleted"),
    "picture_renditions": Held(
        {"body": Form.PUBLIC},
        "deleted where no other picture shows them",
        exported=False,
        why_not="are the bytes of the pictures, whose addresses the copy names",
    ),
    "listing_search": Held(
        {"document": Form.PUBLIC, "words": Form.PUBLIC}, "deleted", exported=False, why_not=_DERIVED
    ),
    "payout_accounts": Held({"sealed": Form.SEALED}, "deleted"),
    "seller_tax_ids": Held({"sealed": Form.SEALED}, "deleted"),
    "tax_exemptions": Held({"sealed": Form.SEALED}, "number emptied"),
    "tax_lines": _OPAQUE,
    "invoices": Held({"sealed": Form.SEALED}, "name and address emptied"),
    "invoice_series": _OF_NOBODY,
    "connected_accounts": Held(
        {"requirements_due": Form.CLEAR, "disabled_reason": Form.CLEAR},
        "emptied; deleted once the provider has closed the account",
    ),
    "payout_plans": Held({}, "stays: numbers"),
    "payouts": _OPAQUE,
    "holds": Held({"appeal": Form.CLEAR, "decision": Form.CLEAR}, "appeal and decision emptied"),
    "payout_runs": _OF_NOBODY,
    "payout_skips": Held(
        erased="stays: codes and opaque ids", exported=False, why_not="holds no words, and is about our own runs"
    ),
    "provider_transactions": Held(erased="stays: opaque ids", exported=False, why_not=_DERIVED),
    "reconciliation_runs": _OF_NOBODY,
    "reconciliation_units": Held(erased="stays: opaque ids", exported=False, why_not=_DERIVED),
    "reconciliation_cases": Held(
        erased="stays: codes and opaque ids", exported=False, why_not="holds no words, and is about our own books"
    ),
    "carts": Held({"session_hash": Form.HASH}, "deleted, or emptied where a checkout points to it"),
    "cart_lines": Held({}, "deleted"),
    "fee_rules": _OPAQUE,
    "promotions": Held(
        {"name": Form.PUBLIC, "code": Form.PUBLIC}, "stays: what was taken off, for the records of buyer and tax office"
    ),
    "promotion_uses": _OPAQUE,
    "checkouts": _OPAQUE,
    "checkout_lines": Held({"title": Form.PUBLIC}, "stays: what was sold, for the records of buyer and tax office"),
    "checkout_shops": _OPAQUE,
    "checkout_exchanges": _OPAQUE,
    "fx_rates": _OF_NOBODY,
    "fx_quotes": _OF_NOBODY,
    "reservations": _OPAQUE,
    "payments": Held({"redirect_url": Form.CLEAR}, "stays without the address of the payment page"),
    "credit_reservations": _OPAQUE,
    "credit_grants": _OPAQUE,
    "gift_cards": Held({"code_hash": Form.HASH}, "stays: opaque ids"),
    "gift_card_purchases": Held(
        {"recipient_sealed": Form.SEALED, "redirect_url": Form.CLEAR},
        "stays: opaque ids; for whom it is and the address of the payment page are gone since it was paid or expired",
    ),
    "risk_decisions": Held({"reason": Form.CLEAR}, "reason emptied"),
    "orders": _OPAQUE,
    "order_lines": Held({"title": Form.PUBLIC}, "stays: what was sold, for the records of buyer and tax office"),
    "parcels": Held({"label_url": Form.CLEAR}, "stays without the label's address"),
    "parcel_lines": _OPAQUE,
    "delivery_attempts": _OPAQUE,
    "refunds": _OPAQUE,
    "refund_requests": Held({"tracking": Form.CLEAR}, "stays without the number of the parcel that went back"),
    "refund_notes": Held({"text": Form.CLEAR}, "words emptied"),
    "repayment_plans": Held({"reason": Form.CLEAR}, "reason emptied"),
    "commissions": Held(
        {"title_sealed": Form.SEALED, "brief_sealed": Form.SEALED, "card_last4": Form.CLEAR},
        "stays without the wish's words and without the card",
    ),
    "commission_versions": Held(
        {"titles": Form.CLEAR, "note": Form.CLEAR}, "stays without its words: what was agreed and paid"
    ),
    "commission_milestones": _OPAQUE,
    "commission_charges": Held({"redirect_url": Form.CLEAR}, "stays without the address of the payment page"),
    "commission_refunds": _OPAQUE,
    "commission_taxes": _OPAQUE,
    "commission_messages": Held({"body_sealed": Form.SEALED}, "stays without words: that somebody wrote"),
    "commission_pictures": Held(
        {"small": Form.CLEAR, "large": Form.CLEAR, "alt": Form.CLEAR}, "stays without the picture: that one was shown"
    ),
    "commission_stories": Held(
        {"words_sealed": Form.SEALED, "picture_ids": Form.CLEAR},
        "stays without words and pictures, taken back: that somebody was asked",
    ),
    "commission_quiet": Held(erased="deleted"),
    "shop_capacity": Held(erased="stays: numbers"),
    "commission_waits": Held(erased="stays: opaque ids; who waits is taken off the list"),
    "ledger_accounts": _OPAQUE,
    "ledger_postings": _OPAQUE,
    "ledger_entries": _OPAQUE,
    "ledger_balances": Held(erased="stays: opaque ids", exported=False, why_not=_DERIVED),
    "ledger_days": _OF_NOBODY,
    "ledger_horizon": _OF_NOBODY,
    "processes": _OPAQUE,
    "timeline_entries": _OPAQUE,
    "effects": Held({"result": Form.CLEAR}, "labels' addresses emptied", exported=False, why_not=_DERIVED),
    "inbox_events": Held({"payload": Form.CLEAR}, "places and reasons emptied"),
    "idempotency_records": Held(
        {"sealed": Form.RING}, "deleted; answers to those who dealt with them emptied", exported=False, why_not=_DERIVED
    ),
    "audit_entries": _OPAQUE,
    "audit_chain": Held(erased="stays: hashes", exported=False, why_not=_DERIVED),
    "audit_seals": _OF_NOBODY,
    "consents": _OPAQUE,
    "data_exports": Held({"sealed": Form.SEALED}, "deleted"),
    "erasures": Held({"code_hash": Form.HASH}, "stays: opaque ids"),
    "erasure_receipts": _OPAQUE,
    "retention_sweeps": _OF_NOBODY,
}
