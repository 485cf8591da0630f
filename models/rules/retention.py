"""How long every table keeps what it holds, and what happens then. One row a table; a test finds a table without one.

Rows with `days` are swept by the `retention` process (`models.repositories.privacy_retention`). The others end with
something else: with the row they hang on, with their owner's erasure, or not at all because the law wants them.
`deploy/DATA-MAP.md` shows this table in words, and a test keeps the two equal.

The law. Amounts, dates, countries and tax lines of sales are kept for ten years after the end of the year (Council
Implementing Regulation (EU) 282/2011, art. 63c(3), for sellers across borders inside the Union; national law asks for
less), which GDPR art. 17(3)(b) allows. Once somebody is erased they stand under opaque ids: no name, no address.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Then(StrEnum):
    DELETED = "deleted"
    EMPTIED = "emptied"  # the row stays, what was personal in it goes
    ERASED = "erased"  # as if its owner had asked for it
    WITH_ITS_OWNER = "goes when its owner is erased"
    WITH_ITS_ROW = "goes with what it belongs to"
    KEPT_BY_LAW = "kept by law"
    KEPT_AS_PROOF = "kept as proof"
    NOT_PERSONAL = "not personal"


@dataclass(frozen=True, slots=True)
class Kept:
    how_long: str
    then: Then
    why: str
    days: int | None = None
    """Of the sweep that ends it; None when no sweep does."""


_WITH_OWNER = Kept("as long as the account", Then.WITH_ITS_OWNER, "the account needs it")
_LAW = Kept("10 years after the end of the year", Then.KEPT_BY_LAW, "tax records, under opaque ids")
_PUBLIC = Kept("as long as it is of use", Then.NOT_PERSONAL, "names nobody")
PROOF_DAYS = 1095

RETENTION: Mapping[str, Kept] = {
    # People and how they get in
    "users": Kept(
        "as long as the account (30 days if its address was never confirmed, one if its owner disowned it)",
        Then.ERASED,
        "an address that nobody confirmed may be a stranger's",
        30,
    ),
    "person_keys": Kept(
        "as long as the account; then an empty row for ever", Then.WITH_ITS_OWNER, "tells an erased person from none"
    ),
    "addresses": _WITH_OWNER,
    "sessions": Kept("until they expire", Then.DELETED, "nobody is signed in by them any more", 0),
    "parked_forms": Kept("30 minutes", Then.DELETED, "nobody comes back for them", 0),
    "outside_identities": _WITH_OWNER,
    "sign_in_attempts": Kept("10 minutes", Then.DELETED, "they are over", 0),
    "code_secrets": Kept(
        "as long as the account (a day if it was never confirmed)", Then.DELETED, "it protects nothing", 1
    ),
    "recovery_codes": _WITH_OWNER,
    "passkeys": _WITH_OWNER,
    "passkey_challenges": Kept("5 minutes", Then.DELETED, "they are over", 0),
    "letters": Kept("90 days", Then.DELETED, "support is asked about a mail for weeks, not for years", 90),
    "rate_limits": Kept("an hour", Then.DELETED, "they count nothing any more", 0),
    "refused_sign_ins": Kept(
        "5 minutes, then as one entry of the audit log", Then.KEPT_AS_PROOF, "a count, under opaque ids"
    ),
    # Apps and partners
    "oauth_clients": _PUBLIC,
    "oauth_secrets": Kept("until they are changed", Then.WITH_ITS_ROW, "they are programs', not people's"),
    "oauth_consents": _WITH_OWNER,
    "oauth_grants": Kept("as long as the app's session", Then.WITH_ITS_ROW, "they continue it"),
    "oauth_codes": Kept("a day", Then.DELETED, "a second use has been noticed by then", 1),
    "oauth_refresh_tokens": Kept("as long as the app's session", Then.WITH_ITS_ROW, "they continue it"),
    "signing_keys": _PUBLIC,
    # Shops
    "categories": _PUBLIC,
    "shops": Kept("as long as the account", Then.WITH_ITS_OWNER, "the artisan publishes it"),
    "shop_decisions": Kept("3 years, then without their reason", Then.EMPTIED, "claims lapse", PROOF_DAYS),
    "shipping_profiles": Kept("as long as the shop's row", Then.NOT_PERSONAL, "prices"),
    "listings": Kept("as long as the account", Then.WITH_ITS_OWNER, "the artisan publishes them"),
    "listing_prices": Kept("as long as the listing's row", Then.NOT_PERSONAL, "prices"),
    "stock": Kept("as long as the listing's row", Then.NOT_PERSONAL, "numbers"),
    "pictures": Kept("as long as the account", Then.WITH_ITS_OWNER, "the artisan publishes them"),
    "picture_renditions": Kept("as long as a picture shows them", Then.WITH_ITS_ROW, "they are its bytes"),
    "listing_search": Kept("as long as the listing is published", Then.WITH_ITS_ROW, "it is the search index"),
    "payout_accounts": _WITH_OWNER,
    "seller_tax_ids": _WITH_OWNER,
    "tax_exemptions": _LAW,
    "tax_lines": _LAW,
    "invoices": _LAW,
    "invoice_series": Kept("as long as the platform", Then.NOT_PERSONAL, "counts"),
    "connected_accounts": _LAW,
    "payout_plans": Kept("as long as the shop's row", Then.NOT_PERSONAL, "numbers"),
    "payouts": _LAW,
    "holds": Kept("3 years, then without appeal and decision", Then.EMPTIED, "claims lapse", PROOF_DAYS),
    "payout_runs": _PUBLIC,
    "payout_skips": Kept("as long as the shop's row", Then.NOT_PERSONAL, "codes, about our own runs"),
    "provider_transactions": _LAW,
    "reconciliation_runs": _PUBLIC,
    "reconciliation_units": Kept("until the night is over", Then.WITH_ITS_ROW, "it was looked at"),
    "reconciliation_cases": _LAW,
    # Buying
    "carts": Kept(
        "as long as the account (30 idle days if it is nobody's)", Then.DELETED, "nobody comes back for it", 30
    ),
    "cart_lines": Kept("as long as the cart", Then.WITH_ITS_ROW, "they are its pieces"),
    "fee_rules": _LAW,
    "promotions": _LAW,
    "promotion_uses": _LAW,
    "checkouts": _LAW,
    "checkout_lines": _LAW,
    "checkout_shops": _LAW,
    "checkout_exchanges": _LAW,
    "fx_rates": _PUBLIC,
    "fx_quotes": _PUBLIC,
    "reservations": _LAW,
    "payments": _LAW,
    "credit_reservations": _LAW,
    "credit_grants": _LAW,
    "gift_cards": _LAW,
    "gift_card_purchases": _LAW,
    "risk_decisions": Kept("3 years, then without their reason", Then.EMPTIED, "claims lapse", PROOF_DAYS),
    "orders": _LAW,
    "order_lines": _LAW,
    "parcels": _LAW,
    "parcel_lines": _LAW,
    "delivery_attempts": _LAW,
    "refunds": _LAW,
    "refund_requests": _LAW,
    "refund_notes": Kept("3 years, then without their words", Then.EMPTIED, "claims lapse", PROOF_DAYS),
    "repayment_plans": _LAW,
    "commissions": _LAW,
    "commission_versions": _LAW,
    "commission_milestones": _LAW,
    "commission_charges": _LAW,
    "commission_refunds": _LAW,
    "commission_taxes": _LAW,
    "commission_messages": Kept("as long as the commission", Then.KEPT_AS_PROOF, "what was agreed stands in them"),
    "commission_pictures": Kept(
        "as long as the commission, where they are what was approved (2 days if no message was sent with it)",
        Then.DELETED,
        "its message was never sent",
        2,
    ),
    "commission_stories": Kept("as long as the commission", Then.KEPT_AS_PROOF, "what was agreed to be told in public"),
    "commission_quiet": _WITH_OWNER,
    "shop_capacity": Kept("as long as the shop's row", Then.NOT_PERSONAL, "numbers"),
    "commission_waits": Kept("as long as the request", Then.WITH_ITS_ROW, "instants, under opaque ids"),
    "ledger_accounts": _LAW,
    "ledger_postings": _LAW,
    "ledger_entries": _LAW,
    "ledger_balances": _LAW,
    "ledger_days": _PUBLIC,
    "ledger_horizon": _PUBLIC,
    # Processes
    "processes": Kept("as long as what they are about", Then.KEPT_AS_PROOF, "codes and instants, under opaque ids"),
    "timeline_entries": Kept(
        "as long as what they are about", Then.KEPT_AS_PROOF, "codes and instants, under opaque ids"
    ),
    "effects": Kept("400 days", Then.DELETED, "no process that could repeat a step is open for so long", 400),
    "inbox_events": Kept("90 days, then without places and reasons", Then.EMPTIED, "a courier's scans name places", 90),
    "idempotency_records": Kept("24 hours", Then.DELETED, "they replay an answer for a day", 1),
    # Proof
    "audit_entries": Kept("as long as the platform", Then.KEPT_AS_PROOF, "a chain of opaque ids can't lose a link"),
    "audit_chain": Kept("as long as the platform", Then.KEPT_AS_PROOF, "hashes"),
    "audit_seals": Kept("as long as the platform", Then.KEPT_AS_PROOF, "hashes"),
    "consents": Kept(
        "as long as the account and 3 years", Then.DELETED, "we must be able to show them (GDPR art. 7(1))", PROOF_DAYS
    ),
    "data_exports": Kept("7 days", Then.EMPTIED, "it was fetched by then", 7),
    "erasures": Kept("3 years", Then.DELETED, "we must be able to show them (GDPR art. 5(2))", PROOF_DAYS),
    "erasure_receipts": Kept("3 years", Then.WITH_ITS_ROW, "they belong to the erasure"),
    "retention_sweeps": Kept("3 years", Then.DELETED, "we must be able to show them (GDPR art. 5(2))", PROOF_DAYS),
}

SWEEPS = tuple(table for table, kept in RETENTION.items() if kept.days is not None)
"""What the schedule works through, in this order."""
BATCH = 1_000
"""Rows of one transaction: short enough that nobody waits for it."""
