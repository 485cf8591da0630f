"""What must hold of discounts and fees: lines make up their orders, and codes are counted."""

from deploy.verify.findings import Rule

RULES = (
    Rule(
        about="each artisan's part costs what its lines do, less what came off",
        unit="checkout parts",
        count="SELECT count(*) FROM checkout_shops",
        broken="""
            SELECT s.checkout_id || ' ' || s.shop_id AS subject, s.checkout_id, s.shop_id, s.items_minor AS items,
                   coalesce(sum(l.unit_price_minor * l.quantity - l.discount_minor), 0) AS lines
            FROM checkout_shops s LEFT JOIN checkout_lines l USING (checkout_id, shop_id)
            GROUP BY s.checkout_id, s.shop_id, s.items_minor
            HAVING s.items_minor <> coalesce(sum(l.unit_price_minor * l.quantity - l.discount_minor), 0) ORDER BY 1
        """,
        says="checkout {checkout_id}: the pieces of {shop_id} cost {items}, their lines {lines}",
    ),
    Rule(
        about="a fee is what its lines were charged by their rules",
        unit="checkout parts with rules",
        count="SELECT count(DISTINCT (checkout_id, shop_id)) FROM checkout_lines WHERE fee_minor IS NOT NULL",
        broken="""
            SELECT s.checkout_id || ' ' || s.shop_id AS subject, s.checkout_id, s.shop_id, s.fee_minor AS fee,
                   sum(l.fee_minor) AS lines
            FROM checkout_shops s JOIN checkout_lines l USING (checkout_id, shop_id)
            WHERE l.fee_minor IS NOT NULL
            GROUP BY s.checkout_id, s.shop_id, s.fee_minor HAVING s.fee_minor <> sum(l.fee_minor) ORDER BY 1
        """,
        says="checkout {checkout_id}: the fee of {shop_id} is {fee}, its lines were charged {lines}",
    ),
    Rule(
        about="orders cost what their lines do, less what came off",
        unit="orders",
        count="SELECT count(*) FROM orders",
        broken="""
            SELECT o.id AS subject, o.items_minor AS items,
                   coalesce(sum(l.unit_price_minor * l.quantity - l.discount_minor), 0) AS lines
            FROM orders o LEFT JOIN order_lines l ON l.order_id = o.id
            GROUP BY o.id
            HAVING o.items_minor <> coalesce(sum(l.unit_price_minor * l.quantity - l.discount_minor), 0) ORDER BY 1
        """,
        says="order {subject}: its pieces cost {items}, their lines {lines}",
    ),
    Rule(
        about="codes are counted as often as they are used",
        unit="promotions",
        count="SELECT count(*) FROM promotions",
        broken="""
            SELECT p.id AS subject, p.used, count(u.checkout_id) AS uses
            FROM promotions p LEFT JOIN promotion_uses u ON u.promotion_id = p.id AND u.state <> 'freed'
            GROUP BY p.id HAVING p.used <> count(u.checkout_id) ORDER BY 1
        """,
        says="promotion {subject} counts {used} uses, and has {uses}",
    ),
    Rule(
        about="a code's use ends as its checkout does",
        unit="uses",
        count="SELECT count(*) FROM promotion_uses",
        broken="""
            SELECT u.promotion_id || ' ' || u.checkout_id AS subject, u.promotion_id, u.checkout_id, u.state, p.status
            FROM promotion_uses u
            JOIN checkouts c ON c.id = u.checkout_id
            JOIN processes p ON p.workflow_id = u.checkout_id
            WHERE u.state <> CASE WHEN c.paid THEN 'used' WHEN p.is_final THEN 'freed' ELSE 'held' END ORDER BY 1
        """,
        says="checkout {checkout_id} is {status}, its use of {promotion_id} is {state}",
    ),
)
