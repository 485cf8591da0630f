"""Each kind of damage to our own tables is named by the check that is there for it."""

import pytest

from deploy import verify
from deploy.verify import cases, commission_papers, commissions
from deploy.verify.findings import Violation
from tests.verify.conftest import PARCEL, Market
from tests.verify.damage import CHECKOUTS, Damage

_REFUND = (
    "INSERT INTO refunds (currency, shipping_minor, tax_minor, fee_minor, reason, id, order_id, provider_id, state, "
    "amount_minor, items_minor) VALUES ('USD', 0, 0, 0, 'lost', "
)


def _booked(kind: str, minor: int) -> tuple[str, ...]:
    """A posting that nobody asked for, on every account of a kind."""
    return (
        "INSERT INTO ledger_postings (step_key, kind, reference) VALUES ('slip', 'other', 'nobody')",
        "INSERT INTO ledger_entries (posting_id, account_id, currency, amount_minor) "  # noqa: S608 - constants below
        f"SELECT p.id, a.id, 'USD', CASE a.kind WHEN 'corrections' THEN {-minor} ELSE {minor} END "
        f"FROM ledger_postings p, ledger_accounts a WHERE p.step_key = 'slip' AND a.kind IN ('corrections', '{kind}')",
    )


DAMAGES = (
    Damage(
        "credit is kept, spent and given back as its checkout goes",
        "checkout {credit} (paid): 5616 of credit is due, 5616 is held, 5616 was booked",
        ("UPDATE credit_reservations SET state = 'held' WHERE checkout_id = '{credit}'",),
    ),
    Damage(
        "credit is kept, spent and given back as its checkout goes",
        "checkout {credit} (paid): 5000 of credit is due, 5616 is spent",
        ("UPDATE checkouts SET credit_minor = 5000 WHERE id = '{credit}'",),
    ),
    Damage(
        "nobody has more credit kept than they are owed",
        "payments keep 5616 USD of",
        ("UPDATE credit_reservations SET state = 'held' WHERE checkout_id = '{credit}'",),
    ),
    Damage(
        "refunds give back to each source no more than it paid",
        "order {credit_order}: 5400 to the card that paid 0",
        (_REFUND + "'by-card', '{credit_order}', 're_9', 'succeeded', 5400, 5400)",),
    ),
    Damage(
        "a gift card is worth something until it is redeemed or blocked",
        "is blocked, and worth 9000",
        ("UPDATE gift_cards SET status = 'blocked'",),
    ),
    Damage(
        "a bought gift card has one sale of its amount and one captured payment, any other was given away",
        "is nobody bought it and open, with 0 sales over 0",
        ("UPDATE gift_cards SET grant_id = NULL",),
    ),
    Damage(
        "what is given away was decided by two, and booked once",
        "is declined and has 1 postings",
        ("UPDATE credit_grants SET status = 'declined'",),
    ),
    Damage(
        "postings sum to zero",
        "posting {paid}/capture sums to 1 USD instead of 0",
        (
            "INSERT INTO ledger_entries (posting_id, account_id, currency, amount_minor) "
            "SELECT p.id, a.id, 'USD', 1 FROM ledger_postings p, ledger_accounts a "
            "WHERE p.step_key = '{paid}/capture' AND a.kind = 'tax_payable' AND a.currency = 'USD' LIMIT 1",
        ),
    ),
    Damage(
        "postings have two sides",
        "posting torn has 0 entries",
        ("INSERT INTO ledger_postings (step_key, kind, reference) VALUES ('torn', 'correction', 'nobody')",),
    ),
    Damage(
        "every sale is booked once, as it was paid",
        "checkout {paid}: 1 sale postings",
        ("UPDATE payments SET fee_minor = fee_minor + 5 WHERE checkout_id = '{paid}'",),
    ),
    Damage(
        "every sale is booked once, as it was paid",
        "checkout {open}: 1 sale postings",
        ("INSERT INTO ledger_postings (step_key, kind, reference) VALUES ('{open}/capture', 'sale', '{open}')",),
    ),
    Damage(
        "each order's money is held from its sale, or its commission's end, on",
        "order {sent_order}: its sale holds 10400, due 10399",
        ("UPDATE orders SET items_minor = items_minor - 1, total_minor = total_minor - 1 WHERE id = '{sent_order}'",),
    ),
    Damage(
        "open orders hold their money, ended ones none",
        "order {sent_order} (completed): 10400 is held of 10400",
        ("UPDATE processes SET status = 'completed', is_final = true WHERE workflow_id = 'fulfillment-{sent_order}'",),
    ),
    Damage(
        "open orders hold their money, ended ones none",
        "order {sent_order} (delivered): 10000 is held of 10400",
        (
            "INSERT INTO ledger_postings (step_key, kind, reference) VALUES ('leak', 'other', '{sent_order}')",
            "INSERT INTO ledger_entries (posting_id, account_id, currency, amount_minor) "
            "SELECT p.id, a.id, 'USD', CASE a.kind WHEN 'order_held' THEN 400 ELSE -400 END "
            "FROM ledger_postings p, ledger_accounts a WHERE p.step_key = 'leak' "
            "AND (a.owner = '{sent_order}' OR a.kind = 'tax_payable') AND a.currency = 'USD'",
        ),
    ),
    Damage(
        "accounts stand on their right side",
        "artisan_reserve of {shop} has 8500 USD in debit: more left it than it had",
        _booked("artisan_reserve", 9_000),
    ),
    Damage(
        "accounts stand on their right side",
        "connected_balance of {shop} has 8000 USD in credit",
        _booked("connected_balance", -9_000),
    ),
    Damage(
        "open payouts have set aside what is on its way",
        "shop {shop}: 1000 USD is set aside, its open payouts are 0",
        ("UPDATE payouts SET status = 'given_back'",),
    ),
    Damage(
        "open payouts have set aside what is on its way",
        "shop {shop}: 10000 USD is set aside, its open payouts are 1000",
        _booked("artisan_in_transit", -9_000),
    ),
    Damage(
        "connected accounts have what was transferred and not paid",
        "shop {shop}: 1000 USD stands in its connected account, its payouts there are 0",
        ("UPDATE payouts SET status = 'recalled'",),
    ),
    Damage(
        "kept sums are the sums of their entries",
        "artisan_payable of {shop} (USD): -3501 is kept, its entries sum to -3500; 0 were passed over",
        (
            "UPDATE ledger_balances SET amount_minor = amount_minor - 1 FROM ledger_accounts a "
            "WHERE a.id = account_id AND a.kind = 'artisan_payable'",
        ),
    ),
    Damage(
        "kept sums are the sums of their entries",
        "artisan_reserve of {shop} (USD): -500 is kept, its entries sum to 0; 1 were passed over",
        (
            "UPDATE ledger_balances SET up_to_entry_id = 1 FROM ledger_accounts a "
            "WHERE a.id = account_id AND a.kind = 'artisan_reserve'",
        ),
    ),
    Damage(
        "days add up to the entries behind them",
        "tax_payable (USD): 7 is kept",
        ("UPDATE ledger_days SET amount_minor = 7 WHERE kind = 'tax_payable'",),
    ),
    Damage(
        "every refund is booked, and every booking is a refund",
        "refund by-hand: 100 money was sent, no was booked",
        (_REFUND + "'by-hand', '{sent_order}', 're_9', 'succeeded', 100, 100)",),
    ),
    Damage(
        "every refund is booked, and every booking is a refund",
        "refund fulfillment-{refunded_order}/refund-whole: no money was sent",
        ("DELETE FROM refunds",),
    ),
    Damage(
        "no order gives back more than was paid, in sum and in each part",
        "order {refunded_order}: ",
        ("UPDATE orders SET fee_minor = 0 WHERE id = '{refunded_order}'",),
    ),
    Damage(
        "every open request has its process",
        "request rfd_1 and its process (not begun) do not agree on whether it is over",
        (
            "INSERT INTO refund_requests (id, order_id, kind, problem, pieces, currency, asked_minor, created_at) "
            "VALUES ('rfd_1', '{sent_order}', 'problem', 'other', '{{}}', 'USD', 1, now() - interval '2 hours')",
        ),
    ),
    Damage(
        "what shops repay is what their plans say",
        "shop {shop}: 300 USD are under a plan, 0 are booked as its debt",
        (
            "INSERT INTO repayment_plans (id, shop_id, currency, debt_minor, floor_minor, share_bp, status, "
            "proposed_by, reason) SELECT 'rpp_1', id, 'USD', 300, 0, 500, 'agreed', owner_id, '' FROM shops "
            "WHERE id = '{shop}'",
        ),
    ),
    Damage(
        "orders count their refunds",
        "order {sent_order} (delivered) says 7 of",
        ("UPDATE orders SET refunded_minor = 7 WHERE id = '{sent_order}'",),
    ),
    Damage(
        "the taxes of a checkout are the sum of its tax lines",
        "shop {shop}'s part has a tax of",
        (
            "UPDATE tax_lines SET tax_minor = tax_minor + 1 WHERE checkout_id = '{paid}' AND shop_id = '{shop}' "
            "AND item = 'shipping'",
        ),
    ),
    Damage(
        "invoices are numbered without a gap",
        "has counted to 2, and holds 1",
        ("DELETE FROM invoices WHERE kind = 'sale' AND order_id = '{sent_order}'",),
    ),
    Damage(
        "an invoice is its order's total, and credit notes are refunds",
        "is over 1, and should be over",
        ("UPDATE invoices SET net_minor = 1, tax_minor = 0, total_minor = 1 WHERE order_id = '{sent_order}'",),
    ),
    Damage(
        "stock is never negative",
        "listing {scarf} has -1 pieces",
        (
            "ALTER TABLE stock DROP CONSTRAINT ck_stock_on_hand, DROP CONSTRAINT ck_stock_reserved",
            "UPDATE stock SET on_hand = -1 WHERE listing_id = '{scarf}'",
        ),
    ),
    Damage(
        "reserved pieces are those that reservations hold",
        "listing {mug} has 3 pieces reserved, its reservations hold 2",
        ("UPDATE stock SET reserved = 3 WHERE listing_id = '{mug}'",),
    ),
    Damage(
        "what is held is held for an open checkout, what is over is decided",
        "checkout {open} (expired): 2 pieces of {mug} are held",
        ("UPDATE processes SET status = 'expired', is_final = true WHERE workflow_id = '{open}'",),
    ),
    Damage(
        "what is held is held for an open checkout, what is over is decided",
        "checkout {open} (unknown): 2 pieces of {mug} are held",
        ("DELETE FROM processes WHERE workflow_id = '{open}'",),
    ),
    Damage(
        "sold pieces are those that orders took",
        "checkout {paid}: 2 pieces of {mug} were sold, its orders have 3",
        ("UPDATE order_lines SET quantity = 3 WHERE listing_id = '{mug}'",),
    ),
    *CHECKOUTS,
    Damage(
        "timelines have no gaps",
        "fulfillment-{sent_order}: 4 entries up to number 5, its process has told 5",
        ("DELETE FROM timeline_entries WHERE workflow_id = 'fulfillment-{sent_order}' AND sequence = 3",),
    ),
    Damage(
        "timelines have no gaps",
        "{unpaid}: 2 entries up to number 2, its process has told 0",
        ("DELETE FROM processes WHERE workflow_id = '{unpaid}'",),
    ),
    Damage(
        "processes know when they are over",
        "{unpaid} is expired, stands as open",
        ("UPDATE processes SET is_final = false WHERE workflow_id = '{unpaid}'",),
    ),
    Damage(
        "no piece is packed twice",
        "order {sent_order}: 5 pieces of {mug} are packed, 2 were ordered",
        ("UPDATE parcel_lines SET quantity = 5",),
    ),
    Damage(
        "parcels that are over have their outcome recorded",
        f"parcel {PARCEL} of order {{sent_order}} is delivered in attempt 2",
        ("DELETE FROM delivery_attempts WHERE attempt = 2",),
    ),
    Damage(
        "every earlier attempt of a parcel is recorded",
        f"parcel {PARCEL} is in attempt 2, 0 earlier ones are recorded",
        ("DELETE FROM delivery_attempts WHERE attempt = 1",),
    ),
    Damage(
        "what partners told us is dealt with",
        "stripe event evt_1 (charge.captured) waits for more than 10 minutes, after 4 tries: no error",
        (
            "INSERT INTO inbox_events (source, event_id, type, subject, payload, received_at, tries) VALUES "
            "('stripe', 'evt_1', 'charge.captured', '{paid}', '{{}}', now() - interval '11 minutes', 4)",
        ),
    ),
    Damage(
        "every delivery that a courier told of reached its order",
        f"parcel {PARCEL}: the courier's word on attempt 1 (failed, event cev_1) was never recorded",
        ("DELETE FROM delivery_attempts WHERE attempt = 1",),
    ),
    Damage(
        "the erased are forgotten",
        "{erased} was erased, and an address is still there",
        ("UPDATE addresses SET sealed = 'x' WHERE user_id = '{erased}'",),
    ),
    Damage(
        "the erased are forgotten",
        "{erased} was erased, and a key, a letter is still there",
        (
            "UPDATE person_keys SET wrapped_key = 'x', destroyed_at = NULL WHERE person_id = '{erased}'",
            "INSERT INTO letters (id, person_id, kind, details, created_at) "
            "VALUES ('let_1', '{erased}', 'new_sign_in', '{{}}', now())",
        ),
    ),
    Damage(
        "the erased are forgotten",
        "{erased} was erased, and an account is still there",
        (
            "UPDATE users SET erased_at = NULL, email_sealed = 'x', name_sealed = 'x', email_index = 'x' "
            "WHERE id = '{erased}'",
        ),
    ),
    Damage(
        "the erased are forgotten",
        "{erased} was erased, and a copy of their data is still there",
        ("INSERT INTO data_exports (id, person_id, requested_at, sealed) VALUES ('exp_1', '{erased}', now(), 'x')",),
    ),
    Damage(
        "the erased are forgotten",
        "words of a shop, words or pictures of a piece, a piece on sale is still there",
        ("UPDATE shops SET owner_id = '{erased}' WHERE id = (SELECT shop_id FROM listings WHERE id = '{mug}')",),
    ),
    Damage(
        "the erased are forgotten",
        "{erased} was erased, and an answer about a consent is still there",
        (
            "INSERT INTO consents (person_id, purpose, version, given, source) "
            "VALUES ('{erased}', 'newsletter', '1', true, 'account')",
        ),
    ),
    Damage(
        "erasures that are over have their receipts",
        "erasure-{erased}-1 is over without a receipt of courier:",
        ("UPDATE orders SET buyer_id = '{erased}' WHERE id = '{sent_order}'",),
    ),
    Damage(
        "erasures that are over have their receipts",
        "erasure-{erased}-1 is over without a receipt of payments",
        ("DELETE FROM erasure_receipts WHERE target = 'payments'",),
    ),
    Damage(
        "frozen rates are those that were quoted",
        "is frozen at 1 billionths",
        ("UPDATE checkout_exchanges SET billionths = 1",),
    ),
    Damage(
        "a part that crosses currencies says so",
        "is charged in JPY, its shop keeps JPY",
        ("UPDATE shops SET currency = 'JPY' WHERE id IN (SELECT shop_id FROM checkout_exchanges)",),
    ),
    Damage(
        "a part that crosses currencies says so",
        "is charged in USD, its shop keeps EUR",
        ("UPDATE shops SET currency = 'EUR' WHERE id = '{shop}'",),
    ),
    Damage(
        "artisans get what they are owed, in their own currency",
        "order {abroad_order}: 5088 USD were released, of 5087 that are owed",
        ("UPDATE checkout_exchanges SET items_minor = items_minor - 1",),
    ),
    Damage(
        "artisans get what they are owed, in their own currency",
        "order {abroad_order}: 0 USD were released, of 5088 that are owed",
        ("UPDATE ledger_postings SET kind = 'other' WHERE reference = '{abroad_order}' AND kind = 'release'",),
    ),
    Damage(
        "every audit entry is in the chain",
        "(session.signed_in by usr_1) was put in beside the chain, or its link was taken out",
        (
            "INSERT INTO audit_entries (actor, role, action, details) "
            "VALUES ('usr_1', 'customer', 'session.signed_in', '{{}}')",
        ),
    ),
)


async def violations(market: Market) -> list[Violation]:
    found = [await rule.examine(market.connection) for rule in verify.RULES]
    return [violation for line in found for violation in line.violations]


async def test_a_marketplace_that_holds_together(market: Market) -> None:
    assert await violations(market) == []


async def test_every_rule_looks_at_something(market: Market) -> None:
    """But for commissions' money and invoices: `tests/activities/commission_money/test_verified.py` and
    `test_papers_verified.py`."""
    others = {rule.about for rule in (*commissions.RULES, *commission_papers.RULES)}
    rules = [rule for rule in verify.RULES if rule.about not in others]
    counts = {rule.about: (await rule.examine(market.connection)).count for rule in rules}
    assert [about for about, count in counts.items() if not count] == []


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.says[:60])
async def test_damage_is_named(market: Market, damage: Damage) -> None:
    await market.damage(*damage.statements)
    told = [found.sentence for found in await violations(market) if found.check == damage.check]
    assert any(damage.says.format(**vars(market)) in sentence for sentence in told), told


def test_every_rule_is_tried() -> None:
    """But those of nights and repairs and of commissions' money and invoices, which have test files of their own."""
    others = {rule.about for rule in (*cases.RULES, *commissions.RULES, *commission_papers.RULES)}
    assert {rule.about for rule in verify.RULES} - others == {damage.check for damage in DAMAGES}


async def test_young_events_may_still_wait(market: Market) -> None:
    await market.damage(
        "INSERT INTO inbox_events (source, event_id, type, subject, payload, attempt, received_at) VALUES "
        "('courier:northpost', 'cev_3', 'delivered', 'NO0000000001US', '{{}}', 3, now() - interval '9 minutes')",
    )
    assert await violations(market) == []


async def test_refunded_shares_need_not_be_held_any_more(market: Market) -> None:
    """A part of an open order went back: what is left is held, and nothing is wrong."""
    await market.damage(
        _REFUND + "'half', '{sent_order}', 're_2', 'succeeded', 5200, 5200)",
        "UPDATE orders SET refunded_minor = 5200 WHERE id = '{sent_order}'",
        "INSERT INTO ledger_postings (step_key, kind, reference) VALUES ('half', 'refund', '{sent_order}')",
        "INSERT INTO ledger_entries (posting_id, account_id, currency, amount_minor) "
        "SELECT p.id, a.id, 'USD', CASE a.kind WHEN 'order_held' THEN 5200 ELSE -5200 END "
        "FROM ledger_postings p, ledger_accounts a WHERE p.step_key = 'half' "
        "AND (a.owner = '{sent_order}' OR a.kind = 'provider_pending')",
    )
    assert await violations(market) == []
