"""What must hold between carts, checkouts, payments and the orders that came of them."""

from deploy.verify.findings import Rule

RULES = (
    Rule(
        about="checkouts say how they ended",
        unit="checkouts",
        count="SELECT count(*) FROM checkouts",
        broken="""
            SELECT c.id AS subject, coalesce(p.status, 'no process') AS status,
                   CASE WHEN c.paid THEN 'paid' ELSE 'not paid' END AS paid
            FROM checkouts c LEFT JOIN processes p ON p.workflow_id = c.id
            WHERE p.workflow_id IS NULL OR c.paid <> (p.status = 'paid') ORDER BY 1
        """,
        says="checkout {subject} is {paid}, its process is: {status}",
    ),
    Rule(
        about="a cart is paid for once",
        unit="ordered carts",
        count="SELECT count(*) FROM carts WHERE status = 'ordered'",
        broken="""
            SELECT cart_id AS subject, count(*) AS times FROM checkouts WHERE paid
            GROUP BY 1 HAVING count(*) > 1 ORDER BY 1
        """,
        says="cart {subject} was paid for {times} times",
    ),
    Rule(
        about="carts stand where their checkouts do",
        unit="carts",
        count="SELECT count(*) FROM carts",
        broken="""
            SELECT c.id AS subject, c.status,
                   count(k.id) FILTER (WHERE k.paid) AS paid,
                   count(k.id) FILTER (WHERE NOT p.is_final AND k.attempt = c.attempt) AS running,
                   count(k.id) FILTER (WHERE NOT p.is_final AND k.attempt <> c.attempt) AS stray
            FROM carts c
            LEFT JOIN checkouts k ON k.cart_id = c.id
            LEFT JOIN processes p ON p.workflow_id = k.id
            GROUP BY c.id
            HAVING (c.status = 'ordered') <> (count(k.id) FILTER (WHERE k.paid) > 0)
                OR (c.status = 'checking_out') <> (count(k.id) FILTER (WHERE NOT p.is_final) > 0)
                OR count(k.id) FILTER (WHERE NOT p.is_final AND k.attempt <> c.attempt) > 0
            ORDER BY 1
        """,
        says="cart {subject} is {status}, with {paid} paid, {running} running and {stray} stray checkouts",
    ),
    Rule(
        about="a paid checkout is one order for each artisan, to the cent",
        unit="orders",
        count="SELECT count(*) FROM orders WHERE checkout_id IS NOT NULL",
        broken="""
            WITH parts AS (
                SELECT s.checkout_id, s.shop_id, s.fee_minor, s.items_minor + s.shipping_minor + s.tax_minor AS total
                FROM checkout_shops s JOIN checkouts c ON c.id = s.checkout_id WHERE c.paid
            ), made AS (
                SELECT checkout_id, shop_id, count(*) AS orders, sum(total_minor) AS total, sum(fee_minor) AS fee
                FROM orders WHERE checkout_id IS NOT NULL GROUP BY 1, 2
            )
            SELECT checkout_id || ' ' || shop_id AS subject, checkout_id, shop_id, coalesce(made.orders, 0) AS orders,
                   coalesce(parts.total, 0) AS due, coalesce(made.total, 0) AS total
            FROM parts FULL JOIN made USING (checkout_id, shop_id)
            WHERE coalesce(made.orders, 0) <> 1 OR parts.total IS NULL OR made.total <> parts.total
               OR made.fee <> parts.fee_minor
            ORDER BY 1
        """,
        says="checkout {checkout_id}: {orders} orders for {shop_id}, of {total}, due {due}",
    ),
    Rule(
        about="orders have the lines that were paid for",
        unit="checkout lines",
        count="SELECT count(*) FROM checkout_lines l JOIN checkouts c ON c.id = l.checkout_id WHERE c.paid",
        broken="""
            WITH paid AS (
                SELECT l.* FROM checkout_lines l JOIN checkouts c ON c.id = l.checkout_id WHERE c.paid
            ), made AS (
                SELECT o.checkout_id, l.listing_id, l.quantity, l.unit_price_minor, l.tax_minor, l.discount_minor
                FROM order_lines l JOIN orders o ON o.id = l.order_id AND o.checkout_id IS NOT NULL
            )
            SELECT checkout_id || ' ' || listing_id AS subject, checkout_id, listing_id,
                   coalesce(paid.quantity, 0) AS due, coalesce(made.quantity, 0) AS quantity
            FROM paid FULL JOIN made USING (checkout_id, listing_id)
            WHERE (paid.quantity, paid.unit_price_minor, paid.tax_minor, paid.discount_minor)
                  IS DISTINCT FROM (made.quantity, made.unit_price_minor, made.tax_minor, made.discount_minor)
            ORDER BY 1
        """,
        says="checkout {checkout_id}: {quantity} pieces of {listing_id} were ordered, {due} paid for, or other prices",
    ),
    Rule(
        about="checkouts are the sum of their parts",
        unit="checkouts",
        count="SELECT count(*) FROM checkouts",
        broken="""
            SELECT c.id AS subject, c.total_minor AS total,
                   coalesce(sum(s.items_minor + s.shipping_minor + s.tax_minor), 0) AS parts
            FROM checkouts c LEFT JOIN checkout_shops s ON s.checkout_id = c.id
            GROUP BY c.id
            HAVING c.total_minor <> coalesce(sum(s.items_minor + s.shipping_minor + s.tax_minor), 0) ORDER BY 1
        """,
        says="checkout {subject} costs {total}, its artisans' parts sum to {parts}",
    ),
    Rule(
        about="payments end as their checkouts do",
        unit="payments",
        count="SELECT count(*) FROM payments",
        broken="""
            SELECT c.id AS subject, coalesce(y.state, 'missing') AS state, p.status,
                   coalesce(y.amount_minor, 0) AS amount, c.total_minor - c.credit_minor AS total
            FROM checkouts c
            JOIN processes p ON p.workflow_id = c.id
            LEFT JOIN payments y ON y.checkout_id = c.id
            WHERE p.is_final AND (
                (c.paid AND y.state IS DISTINCT FROM 'captured' AND c.credit_minor < c.total_minor)
                OR (NOT c.paid AND y.state IS NOT NULL AND y.state <> 'cancelled')
                OR y.amount_minor <> c.total_minor - c.credit_minor OR y.currency <> c.currency
            )
            ORDER BY 1
        """,
        says="checkout {subject} is {status}, its payment of {amount} is {state} (due {total})",
    ),
)
