"""What must hold between refunds, the requests for them, and the plans by which shops repay them."""

from deploy.verify.findings import Rule

RULES = (
    Rule(
        about="no order gives back more than was paid, in sum and in each part",
        unit="orders with refunds",
        count="SELECT count(DISTINCT order_id) FROM refunds",
        broken="""
            SELECT o.id AS subject, sum(r.amount_minor) AS back, o.total_minor AS paid
            FROM refunds r JOIN orders o ON o.id = r.order_id
            GROUP BY o.id
            HAVING sum(r.amount_minor) > o.total_minor OR sum(r.items_minor) > o.items_minor
                OR sum(r.shipping_minor) > o.shipping_minor OR sum(r.tax_minor) > o.tax_minor
                OR sum(r.fee_minor) > o.fee_minor OR min(r.currency) <> o.currency OR max(r.currency) <> o.currency
            ORDER BY 1
        """,
        says="order {subject}: {back} of {paid} go back, or more of one part than it had",
    ),
    Rule(
        about="every open request has its process",
        unit="open requests",
        count="SELECT count(*) FROM refund_requests WHERE closed_at IS NULL",
        broken="""
            SELECT q.id AS subject, coalesce(p.status, 'not begun') AS status
            FROM refund_requests q LEFT JOIN processes p ON p.workflow_id = 'refund-' || q.id
            WHERE (q.closed_at IS NULL) IS DISTINCT FROM (NOT p.is_final)
              AND (p.workflow_id IS NOT NULL OR q.created_at < now() - interval '1 hour')
            ORDER BY 1
        """,
        says="request {subject} and its process ({status}) do not agree on whether it is over",
    ),
    Rule(
        about="what shops repay is what their plans say",
        unit="agreed plans",
        count="SELECT count(*) FROM repayment_plans WHERE status = 'agreed'",
        broken="""
            WITH planned AS (
                SELECT shop_id, currency, sum(debt_minor - repaid_minor) AS amount FROM repayment_plans
                WHERE status = 'agreed' GROUP BY 1, 2
            ), booked AS (
                SELECT a.owner, a.currency, sum(e.amount_minor) AS amount
                FROM ledger_accounts a JOIN ledger_entries e ON e.account_id = a.id
                WHERE a.kind = 'artisan_debt' GROUP BY 1, 2
            )
            SELECT coalesce(planned.shop_id, booked.owner) AS subject,
                   coalesce(planned.currency, booked.currency) AS currency,
                   coalesce(planned.amount, 0) AS planned, coalesce(booked.amount, 0) AS booked
            FROM planned FULL JOIN booked ON booked.owner = planned.shop_id AND booked.currency = planned.currency
            WHERE coalesce(planned.amount, 0) <> coalesce(booked.amount, 0) ORDER BY 1, 2
        """,
        says="shop {subject}: {planned} {currency} are under a plan, {booked} are booked as its debt",
    ),
)
