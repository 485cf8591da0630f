"""What must hold between finished commissions and the orders that send their pieces."""

from deploy.verify.findings import Rule

RULES = (
    Rule(
        about="a commission's order sends its piece, and costs what sending it does",
        unit="orders of commissions",
        count="SELECT count(*) FROM orders WHERE commission_id IS NOT NULL",
        broken="""
            SELECT o.id AS subject, o.commission_id, c.customer_id, o.items_minor + o.fee_minor AS work,
                   coalesce(string_agg(l.quantity || ' of ' || l.listing_id, ', '), 'nothing') AS pieces,
                   coalesce(p.status, 'unknown') AS status
            FROM orders o
            JOIN commissions c ON c.id = o.commission_id
            LEFT JOIN order_lines l ON l.order_id = o.id
            LEFT JOIN processes p ON p.workflow_id = 'commission-' || o.commission_id
            GROUP BY o.id, c.id, p.workflow_id
            HAVING o.items_minor + o.fee_minor <> 0 OR o.shop_id <> c.shop_id OR o.buyer_id <> c.customer_id
                OR o.currency <> c.currency
                OR string_agg(l.quantity || ' of ' || l.listing_id, ', ') IS DISTINCT FROM '1 of ' || o.commission_id
                OR coalesce(p.status, 'unknown') NOT IN ('finished', 'completed')
            ORDER BY 1
        """,
        says="order {subject} of {commission_id} ({status}) sends {pieces}, and bills {work} for work",
    ),
)
