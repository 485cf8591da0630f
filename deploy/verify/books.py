"""What must hold inside the ledger, and between the ledger and the orders that it books. Money in minor units."""

from deploy.verify.findings import Rule

_BOOKED = """
WITH booked AS (
    SELECT p.reference, p.kind AS posting, a.kind AS account, a.owner, sum(e.amount_minor) AS amount
    FROM ledger_postings p
    JOIN ledger_entries e ON e.posting_id = p.id
    JOIN ledger_accounts a ON a.id = e.account_id
    GROUP BY 1, 2, 3, 4
)
"""

_ON_ITS_WAY = """
WITH open AS (
    SELECT shop_id, currency, sum(amount_minor) AS amount FROM payouts WHERE status IN ({states}) GROUP BY 1, 2
), booked AS (
    SELECT a.owner, a.currency, {sign} * sum(e.amount_minor) AS amount
    FROM ledger_accounts a JOIN ledger_entries e ON e.account_id = a.id WHERE a.kind = '{account}' GROUP BY 1, 2
)
SELECT coalesce(open.shop_id, booked.owner) AS subject, coalesce(open.currency, booked.currency) AS currency,
       coalesce(booked.amount, 0) AS booked, coalesce(open.amount, 0) AS due
FROM open FULL JOIN booked ON booked.owner = open.shop_id AND booked.currency = open.currency
WHERE coalesce(booked.amount, 0) <> coalesce(open.amount, 0) ORDER BY 1, 2
"""

RULES = (
    Rule(
        about="postings sum to zero",
        unit="postings",
        count="SELECT count(*) FROM ledger_postings",
        broken="""
            SELECT p.step_key AS subject, e.currency, sum(e.amount_minor) AS off_by
            FROM ledger_postings p JOIN ledger_entries e ON e.posting_id = p.id
            GROUP BY p.id, e.currency HAVING sum(e.amount_minor) <> 0 ORDER BY 1
        """,
        says="posting {subject} sums to {off_by} {currency} instead of 0",
    ),
    Rule(
        about="postings have two sides",
        unit="entries",
        count="SELECT count(*) FROM ledger_entries",
        broken="""
            SELECT p.step_key AS subject, count(e.id) AS entries
            FROM ledger_postings p LEFT JOIN ledger_entries e ON e.posting_id = p.id
            GROUP BY p.id HAVING count(e.id) < 2 ORDER BY 1
        """,
        says="posting {subject} has {entries} entries; a posting has two or more",
    ),
    Rule(
        about="every sale is booked once, as it was paid",
        unit="paid checkouts",
        count="SELECT count(*) FROM checkouts WHERE paid",
        broken=_BOOKED  # noqa: S608 - two constants of this file
        + """
            , sales AS (SELECT reference, count(*) AS postings FROM ledger_postings l
                        WHERE kind = 'sale' AND NOT EXISTS (SELECT FROM commissions c WHERE c.id = l.reference)
                        GROUP BY 1)
            , paid AS (SELECT c.id, coalesce(p.settled_minor, c.total_minor - c.credit_minor) AS total_minor,
                              c.tax_minor, coalesce(p.fee_minor, 0) AS fee
                       FROM checkouts c LEFT JOIN payments p ON p.checkout_id = c.id WHERE c.paid)
            SELECT coalesce(paid.id, sales.reference) AS subject, coalesce(sales.postings, 0) AS postings,
                   coalesce(paid.total_minor - paid.fee, 0) AS due, coalesce(provider.amount, 0) AS provider,
                   coalesce(paid.fee, 0) AS fee_due, coalesce(fees.amount, 0) AS fee,
                   coalesce(paid.tax_minor, 0) AS tax_due, coalesce(-tax.amount, 0) AS tax
            FROM paid
            FULL JOIN sales ON sales.reference = paid.id
            LEFT JOIN booked provider ON provider.reference = sales.reference
                AND provider.posting = 'sale' AND provider.account = 'provider_pending'
            LEFT JOIN booked fees ON fees.reference = sales.reference
                AND fees.posting = 'sale' AND fees.account = 'processing_fees'
            LEFT JOIN booked tax ON tax.reference = sales.reference
                AND tax.posting = 'sale' AND tax.account = 'tax_payable'
            WHERE coalesce(sales.postings, 0) <> 1 OR paid.id IS NULL
               OR coalesce(provider.amount, 0) <> paid.total_minor - paid.fee
               OR coalesce(fees.amount, 0) <> paid.fee OR coalesce(-tax.amount, 0) <> paid.tax_minor
            ORDER BY 1
        """,
        says=(
            "checkout {subject}: {postings} sale postings; at the provider {provider}, due {due}; fee {fee}, due "
            "{fee_due}; tax {tax}, due {tax_due}"
        ),
    ),
    Rule(
        about="each order's money is held from its sale, or its commission's end, on",
        unit="orders",
        count="SELECT count(*) FROM orders",
        broken=_BOOKED  # noqa: S608 - two constants of this file
        + """
            SELECT o.id AS subject, o.items_minor + o.shipping_minor AS due, coalesce(-b.amount, 0) AS held
            FROM orders o
            LEFT JOIN booked b ON b.account = 'order_held' AND b.owner = o.id AND (
                (b.posting = 'sale' AND b.reference = o.checkout_id)
                OR (b.posting = 'shipping_moved' AND b.reference = o.id AND o.commission_id IS NOT NULL))
            WHERE coalesce(-b.amount, 0) <> o.items_minor + o.shipping_minor ORDER BY 1
        """,
        says="order {subject}: its sale holds {held}, due {due}",
    ),
    Rule(
        about="open orders hold their money, ended ones none",
        unit="held accounts",
        count="SELECT count(*) FROM ledger_accounts WHERE kind = 'order_held'",
        broken="""
            WITH waiting AS (  -- refunds that the provider has not taken, or has given back
                SELECT order_id, sum(items_minor + shipping_minor) AS amount FROM refunds
                WHERE state IN ('sending', 'failed') AND NOT after_release GROUP BY 1
            )
            SELECT o.id AS subject, -coalesce(sum(e.amount_minor), 0) AS held,
                   o.items_minor + o.shipping_minor AS due, o.refunded_minor AS refunded,
                   coalesce(f.status, 'not yet begun') AS status
            FROM orders o
            LEFT JOIN waiting ON waiting.order_id = o.id
            LEFT JOIN processes f ON f.workflow_id = 'fulfillment-' || o.id
            LEFT JOIN ledger_accounts a ON a.kind = 'order_held' AND a.owner = o.id AND a.currency = o.currency
            LEFT JOIN ledger_entries e ON e.account_id = a.id
            LEFT JOIN ledger_postings released ON released.kind = 'release' AND released.reference = o.id
            GROUP BY o.id, f.workflow_id, released.id, waiting.amount
            HAVING CASE
                WHEN f.is_final THEN -coalesce(sum(e.amount_minor), 0) <> coalesce(waiting.amount, 0)
                WHEN released.id IS NOT NULL THEN coalesce(sum(e.amount_minor), 0) > 0
                WHEN o.refunded_minor = 0 THEN -coalesce(sum(e.amount_minor), 0) <> o.items_minor + o.shipping_minor
                ELSE coalesce(sum(e.amount_minor), 0) > 0
                  OR -coalesce(sum(e.amount_minor), 0) > o.items_minor + o.shipping_minor
            END
            ORDER BY 1
        """,
        says="order {subject} ({status}): {held} is held of {due}; {refunded} was refunded",
    ),
    Rule(
        about="every refund is booked, and every booking is a refund",
        unit="refunds",
        count="SELECT count(*) FROM refunds",
        broken="""
            WITH steps AS (  -- a refund's own step; its second try and the failure of either hang on it
                SELECT p.id, p.reference, p.kind, coalesce(own.id, regexp_replace(p.step_key, '/(failed-)?[0-9]+$', ''))
                       AS refund
                FROM ledger_postings p LEFT JOIN refunds own ON own.id = p.step_key
                WHERE p.kind IN ('refund', 'refund_failed')
                  AND NOT EXISTS (SELECT FROM commissions c WHERE c.id = p.reference)
            ), back AS (  -- in the currency of the charge, all that a refund credits goes to the buyer
                SELECT s.refund, min(s.reference) AS reference, count(DISTINCT s.reference) AS references_,
                       sum(CASE WHEN s.kind = 'refund' THEN -least(e.amount_minor, 0)
                                ELSE -greatest(e.amount_minor, 0) END) AS amount
                FROM steps s JOIN ledger_entries e ON e.posting_id = s.id LEFT JOIN refunds r ON r.id = s.refund
                WHERE r.id IS NULL OR e.currency = r.currency GROUP BY 1
            ), sent AS (
                SELECT id, order_id, CASE WHEN state IN ('pending', 'succeeded') THEN amount_minor ELSE 0 END AS amount
                FROM refunds
            )
            SELECT coalesce(sent.id, back.refund) AS subject,
                   coalesce(sent.amount::text, 'no') AS sent, coalesce(back.amount::text, 'no') AS booked
            FROM sent FULL JOIN back ON back.refund = sent.id
            WHERE sent.id IS NULL OR coalesce(back.amount, 0) <> sent.amount
               OR (back.refund IS NOT NULL AND (sent.order_id <> back.reference OR back.references_ > 1))
            ORDER BY 1
        """,
        says="refund {subject}: {sent} money was sent, {booked} was booked",
    ),
    Rule(
        about="orders count their refunds",
        unit="orders with refunds",
        count="SELECT count(DISTINCT order_id) FROM refunds",
        broken="""
            SELECT o.id AS subject, o.refunded_minor AS told, coalesce(sum(r.amount_minor), 0) AS sent,
                   o.total_minor AS total, coalesce(f.status, 'not yet begun') AS status
            FROM orders o
            LEFT JOIN refunds r ON r.order_id = o.id AND r.state IN ('pending', 'succeeded')
            LEFT JOIN processes f ON f.workflow_id = 'fulfillment-' || o.id
            GROUP BY o.id, f.workflow_id
            HAVING o.refunded_minor <> coalesce(sum(r.amount_minor), 0) OR o.refunded_minor > o.total_minor
                OR (f.is_final AND f.status = 'refunded' AND o.refunded_minor <> o.total_minor AND NOT EXISTS (
                    SELECT FROM refunds late WHERE late.order_id = o.id AND late.state IN ('sending', 'failed')))
            ORDER BY 1
        """,
        says="order {subject} ({status}) says {told} of {total} went back, its refunds sum to {sent}",
    ),
    Rule(
        about="accounts stand on their right side",
        unit="accounts",
        count="SELECT count(*) FROM ledger_accounts",
        broken="""
            SELECT a.kind || ' of ' || a.owner AS subject, a.kind AS account, a.owner, a.currency,
                   abs(sum(e.amount_minor)) AS amount,
                   CASE WHEN sum(e.amount_minor) > 0 THEN 'debit' ELSE 'credit' END AS side
            FROM ledger_accounts a JOIN ledger_entries e ON e.account_id = a.id
            GROUP BY a.id
            HAVING CASE WHEN a.kind IN ('connected_balance', 'artisan_debt') THEN sum(e.amount_minor) < 0
                        WHEN a.kind IN ('order_held', 'artisan_reserve', 'artisan_in_transit', 'gift_cards',
                                        'store_credit') THEN sum(e.amount_minor) > 0
                   END
            ORDER BY 1
        """,
        says="{account} of {owner} has {amount} {currency} in {side}: more left it than it had",
    ),
    Rule(
        about="open payouts have set aside what is on its way",
        unit="payouts",
        count="SELECT count(*) FROM payouts",
        broken=_ON_ITS_WAY.format(
            account="artisan_in_transit", sign=-1, states="'set_aside', 'transferred', 'sent', 'returned', 'recalled'"
        ),
        says="shop {subject}: {booked} {currency} is set aside, its open payouts are {due}",
    ),
    Rule(
        about="connected accounts have what was transferred and not paid",
        unit="payouts",
        count="SELECT count(*) FROM payouts",
        broken=_ON_ITS_WAY.format(account="connected_balance", sign=1, states="'transferred', 'sent', 'returned'"),
        says="shop {subject}: {booked} {currency} stands in its connected account, its payouts there are {due}",
    ),
    Rule(
        about="kept sums are the sums of their entries",
        unit="kept sums",
        count="SELECT count(*) FROM ledger_balances",
        broken="""
            WITH summed AS (
                SELECT e.account_id, sum(e.amount_minor) FILTER (WHERE e.id <= coalesce(b.up_to_entry_id, 0)) AS kept,
                       count(*) FILTER (WHERE e.id > coalesce(b.up_to_entry_id, 0) AND e.id <= h.up_to_entry_id) AS late
                FROM ledger_entries e
                CROSS JOIN ledger_horizon h LEFT JOIN ledger_balances b USING (account_id)
                GROUP BY 1
            )
            SELECT a.kind || ' of ' || a.owner AS subject, a.currency, coalesce(b.amount_minor, 0) AS kept,
                   coalesce(s.kept, 0) AS due, coalesce(s.late, 0) AS late
            FROM ledger_accounts a
            LEFT JOIN ledger_balances b ON b.account_id = a.id LEFT JOIN summed s ON s.account_id = a.id
            WHERE coalesce(b.amount_minor, 0) <> coalesce(s.kept, 0)
               OR (b.account_id IS NOT NULL AND s.late > 0)
            ORDER BY 1
        """,
        says="{subject} ({currency}): {kept} is kept, its entries sum to {due}; {late} were passed over",
    ),
    Rule(
        about="days add up to the entries behind them",
        unit="days and kinds",
        count="SELECT count(*) FROM ledger_days",
        broken="""
            SELECT coalesce(d.day, e.day) || ' ' || coalesce(d.kind, e.kind) AS subject,
                   coalesce(d.currency, e.currency) AS currency, coalesce(d.amount_minor, 0) AS kept,
                   coalesce(e.amount, 0) AS due
            FROM ledger_days d
            FULL JOIN (
                SELECT (p.posted_at AT TIME ZONE 'UTC')::date AS day, a.kind, e.currency, sum(e.amount_minor) AS amount
                FROM ledger_entries e
                JOIN ledger_postings p ON p.id = e.posting_id JOIN ledger_accounts a ON a.id = e.account_id
                WHERE e.id <= (SELECT up_to_entry_id FROM ledger_horizon) GROUP BY 1, 2, 3
            ) e ON (e.day, e.kind, e.currency) = (d.day, d.kind, d.currency)
            WHERE coalesce(d.amount_minor, 0) <> coalesce(e.amount, 0) ORDER BY 1
        """,
        says="{subject} ({currency}): {kept} is kept, its entries sum to {due}",
    ),
)
