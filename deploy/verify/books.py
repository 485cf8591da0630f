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
            , sales AS (SELECT reference, count(*) AS postings FROM ledger_postings WHERE kind = 'sale' GROUP BY 1)
            , paid AS (SELECT c.id, c.total_minor, c.tax_minor, coalesce(p.fee_minor, 0) AS fee
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
        about="each order's money is held from its sale on",
        unit="orders",
        count="SELECT count(*) FROM orders",
        broken=_BOOKED  # noqa: S608 - two constants of this file
        + """
            SELECT o.id AS subject, o.items_minor + o.shipping_minor AS due, coalesce(-b.amount, 0) AS held
            FROM orders o
            LEFT JOIN booked b ON b.reference = o.checkout_id AND b.posting = 'sale'
                AND b.account = 'order_held' AND b.owner = o.id
            WHERE coalesce(-b.amount, 0) <> o.items_minor + o.shipping_minor ORDER BY 1
        """,
        says="order {subject}: its sale holds {held}, due {due}",
    ),
    Rule(
        about="open orders hold their money, ended ones none",
        unit="held accounts",
        count="SELECT count(*) FROM ledger_accounts WHERE kind = 'order_held'",
        broken="""
            SELECT o.id AS subject, -coalesce(sum(e.amount_minor), 0) AS held,
                   o.items_minor + o.shipping_minor AS due, o.refunded_minor AS refunded,
                   coalesce(f.status, 'not yet begun') AS status
            FROM orders o
            LEFT JOIN processes f ON f.workflow_id = 'fulfillment-' || o.id
            LEFT JOIN ledger_accounts a ON a.kind = 'order_held' AND a.owner = o.id AND a.currency = o.currency
            LEFT JOIN ledger_entries e ON e.account_id = a.id
            LEFT JOIN ledger_postings released ON released.kind = 'release' AND released.reference = o.id
            GROUP BY o.id, f.workflow_id, released.id
            HAVING CASE
                WHEN f.is_final THEN coalesce(sum(e.amount_minor), 0) <> 0
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
            WITH back AS (
                SELECT p.step_key, p.reference,
                       -coalesce(sum(e.amount_minor) FILTER (WHERE a.kind = 'provider_pending'), 0) AS amount
                FROM ledger_postings p
                JOIN ledger_entries e ON e.posting_id = p.id JOIN ledger_accounts a ON a.id = e.account_id
                WHERE p.kind = 'refund' GROUP BY p.id
            )
            SELECT coalesce(r.id, back.step_key) AS subject,
                   coalesce(r.amount_minor::text, 'no') AS sent, coalesce(back.amount::text, 'no') AS booked
            FROM refunds r FULL JOIN back ON back.step_key = r.id
            WHERE r.id IS NULL OR back.step_key IS NULL OR r.amount_minor <> back.amount
               OR r.order_id <> back.reference
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
            LEFT JOIN refunds r ON r.order_id = o.id
            LEFT JOIN processes f ON f.workflow_id = 'fulfillment-' || o.id
            GROUP BY o.id, f.workflow_id
            HAVING o.refunded_minor <> coalesce(sum(r.amount_minor), 0) OR o.refunded_minor > o.total_minor
                OR (f.is_final AND f.status = 'refunded' AND o.refunded_minor <> o.total_minor)
            ORDER BY 1
        """,
        says="order {subject} ({status}) says {told} of {total} went back, its refunds sum to {sent}",
    ),
)
