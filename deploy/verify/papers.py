"""What must hold between taxes, invoices and what was sold and refunded."""

from deploy.verify.findings import Rule

RULES = (
    Rule(
        about="the taxes of a checkout are the sum of its tax lines",
        unit="shops' parts of checkouts",
        count="SELECT count(DISTINCT (checkout_id, shop_id)) FROM tax_lines",
        broken="""
            WITH told AS (
                SELECT checkout_id, shop_id, sum(tax_minor) AS taxes FROM tax_lines GROUP BY 1, 2
            )
            SELECT s.checkout_id || ' ' || s.shop_id AS subject, s.checkout_id, s.shop_id, s.tax_minor, told.taxes
            FROM told JOIN checkout_shops s USING (checkout_id, shop_id)
            WHERE s.tax_minor <> told.taxes ORDER BY 1
        """,
        says="checkout {checkout_id}: shop {shop_id}'s part has a tax of {tax_minor}, its lines come to {taxes}",
    ),
    Rule(
        about="invoices are numbered without a gap",
        unit="series",
        count="SELECT count(*) FROM invoice_series",
        broken="""
            SELECT s.series || '-' || s.year AS subject, s.last, count(i.id) AS there,
                   coalesce(max(i.sequence), 0) AS highest
            FROM invoice_series s LEFT JOIN invoices i ON i.series = s.series AND i.year = s.year
            GROUP BY s.series, s.year, s.last
            HAVING s.last <> count(i.id) OR s.last <> coalesce(max(i.sequence), 0) ORDER BY 1
        """,
        says="series {subject} has counted to {last}, and holds {there} with {highest} as the highest",
    ),
    Rule(
        about="an invoice is its order's total, and credit notes are refunds",
        unit="invoices of orders",
        count="SELECT count(*) FROM invoices WHERE order_id IS NOT NULL",
        broken="""
            SELECT i.number AS subject, i.total_minor, coalesce(o.total_minor, r.amount_minor, 0) AS due
            FROM invoices i
            LEFT JOIN orders o ON i.kind = 'sale' AND o.id = i.order_id
            LEFT JOIN refunds r ON i.kind = 'credit_note' AND i.event = 'refund/' || r.id
            WHERE i.order_id IS NOT NULL AND i.total_minor <> coalesce(o.total_minor, r.amount_minor, 0) ORDER BY 1
        """,
        says="{subject} is over {total_minor}, and should be over {due}",
    ),
)
