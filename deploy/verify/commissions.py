"""What must hold between commissions, their charges and refunds, and the ledger. The orders that send their pieces are
`commission_orders`'."""

from deploy.verify.findings import Rule

_STEPS = """
WITH steps AS (
    SELECT p.id, p.kind, p.step_key, p.reference,
           coalesce(own.id, regexp_replace(p.step_key, '/(failed-)?[0-9]+$', '')) AS refund
    FROM ledger_postings p JOIN commissions c ON c.id = p.reference
    LEFT JOIN commission_refunds own ON own.id = p.step_key
    WHERE p.kind IN ('refund', 'refund_failed')
)
"""

RULES = (
    Rule(
        about="every charge of a commission is booked once, as it was paid",
        unit="paid charges",
        count="SELECT count(*) FROM commission_charges WHERE state = 'paid'",
        broken="""
            WITH booked AS (
                SELECT p.step_key, p.reference,
                       -coalesce(sum(e.amount_minor) FILTER (WHERE a.kind = 'order_held' AND a.owner = p.reference), 0)
                           AS held,
                       -coalesce(sum(e.amount_minor) FILTER (WHERE a.kind = 'tax_payable'), 0) AS tax,
                       coalesce(sum(e.amount_minor) FILTER (WHERE a.kind = 'processing_fees'), 0) AS fee
                FROM ledger_postings p JOIN commissions c ON c.id = p.reference
                JOIN ledger_entries e ON e.posting_id = p.id JOIN ledger_accounts a ON a.id = e.account_id
                WHERE p.kind = 'sale' GROUP BY p.id
            ), paid AS (
                SELECT * FROM commission_charges WHERE state = 'paid'
            )
            SELECT coalesce(paid.id, booked.step_key) AS subject, coalesce(paid.amount_minor, 0) AS due,
                   coalesce(paid.tax_minor, 0) AS tax_due, coalesce(paid.fee_minor, 0) AS fee_due,
                   coalesce(booked.held, 0) AS held, coalesce(booked.tax, 0) AS tax, coalesce(booked.fee, 0) AS fee
            FROM paid FULL JOIN booked ON booked.step_key = paid.id AND booked.reference = paid.commission_id
            WHERE paid.id IS NULL OR booked.step_key IS NULL OR paid.amount_minor <> booked.held
               OR paid.tax_minor <> booked.tax OR coalesce(paid.fee_minor, 0) <> booked.fee
            ORDER BY 1
        """,
        says="charge {subject}: {held} was booked, due {due}; tax {tax}, due {tax_due}; fee {fee}, due {fee_due}",
    ),
    Rule(
        about="every refund of a commission is booked, and every such booking is a refund",
        unit="refunds of commissions",
        count="SELECT count(*) FROM commission_refunds",
        broken=_STEPS  # noqa: S608 - a constant of this file
        + """
            , back AS (
                SELECT s.refund, sum(e.amount_minor) FILTER (
                           WHERE a.kind IN ('order_held', 'artisan_payable', 'fees_earned', 'tax_payable')) AS amount
                FROM steps s JOIN ledger_entries e ON e.posting_id = s.id JOIN ledger_accounts a ON a.id = e.account_id
                GROUP BY 1
            ), sent AS (
                SELECT id, CASE WHEN state IN ('pending', 'succeeded') THEN amount_minor ELSE 0 END AS amount
                FROM commission_refunds
            )
            SELECT coalesce(sent.id, back.refund) AS subject, coalesce(sent.amount::text, 'no') AS sent,
                   coalesce(back.amount::text, 'no') AS booked
            FROM sent FULL JOIN back ON back.refund = sent.id
            WHERE sent.id IS NULL OR coalesce(back.amount, 0) <> sent.amount ORDER BY 1
        """,
        says="refund {subject}: {sent} money was sent, {booked} was booked",
    ),
    Rule(
        about="no charge of a commission gives back more than it took",
        unit="charges",
        count="SELECT count(*) FROM commission_charges",
        broken="""
            SELECT c.id AS subject, c.amount_minor + c.tax_minor AS took, c.refunded_minor AS told,
                   coalesce(sum(r.amount_minor) FILTER (WHERE r.state IN ('pending', 'succeeded')), 0) AS back,
                   coalesce(sum(r.amount_minor), 0) AS planned
            FROM commission_charges c LEFT JOIN commission_refunds r ON r.charge_id = c.id
            GROUP BY c.id
            HAVING coalesce(sum(r.amount_minor), 0) > c.amount_minor + c.tax_minor
                OR c.refunded_minor <> coalesce(sum(r.amount_minor) FILTER (
                    WHERE r.state IN ('pending', 'succeeded')), 0)
                OR (c.state <> 'paid' AND count(r.id) > 0)
                OR bool_or(r.currency <> c.currency OR r.commission_id <> c.commission_id)
            ORDER BY 1
        """,
        says="charge {subject} took {took}; it says {told} went back, its refunds sum to {back}, {planned} are planned",
    ),
    Rule(
        about="open commissions hold their money, ended ones none",
        unit="commissions",
        count="SELECT count(*) FROM commissions",
        broken="""
            WITH held AS (
                SELECT a.owner, -sum(e.amount_minor) AS amount
                FROM ledger_accounts a JOIN ledger_entries e ON e.account_id = a.id WHERE a.kind = 'order_held'
                GROUP BY 1
            ), paid AS (
                SELECT commission_id, sum(amount_minor) AS amount FROM commission_charges
                WHERE state = 'paid' GROUP BY 1
            )
            SELECT c.id AS subject, coalesce(held.amount, 0) AS held, coalesce(paid.amount, 0) AS paid,
                   coalesce(p.status, 'not begun') AS status
            FROM commissions c
            LEFT JOIN held ON held.owner = c.id
            LEFT JOIN paid ON paid.commission_id = c.id
            LEFT JOIN processes p ON p.workflow_id = 'commission-' || c.id
            WHERE NOT coalesce(held.amount, 0) BETWEEN 0 AND coalesce(paid.amount, 0)
               OR (p.is_final AND coalesce(held.amount, 0) <> 0)
            ORDER BY 1
        """,
        says="commission {subject} ({status}) holds {held} of {paid} that were paid",
    ),
    Rule(
        about="nothing of a commission that is over can be paid any more",
        unit="commissions that are over",
        count="SELECT count(*) FROM commissions WHERE ended_at IS NOT NULL",
        broken="""
            SELECT x.id AS subject, x.state FROM commission_charges x JOIN commissions c ON c.id = x.commission_id
            WHERE c.ended_at IS NOT NULL AND (x.state IN ('sending', 'open', 'needs_customer')
                OR (x.state = 'declined' AND x.provider_id IS NOT NULL))
            ORDER BY 1
        """,
        says="charge {subject} is {state}, although its commission is over",
    ),
)
