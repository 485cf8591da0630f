"""What must hold between the pieces on the shelf, the reservations that hold them and the orders that took them.

How many pieces there ought to be on the shelf cannot be told: artisans make, break and recount them, and no record of
that is kept.
"""

from deploy.verify.findings import Rule

RULES = (
    Rule(
        about="stock is never negative",
        unit="listings",
        count="SELECT count(*) FROM stock",
        broken="""
            SELECT listing_id AS subject, on_hand, reserved FROM stock
            WHERE on_hand < 0 OR reserved < 0 OR reserved > on_hand ORDER BY 1
        """,
        says="listing {subject} has {on_hand} pieces, {reserved} of them reserved",
    ),
    Rule(
        about="reserved pieces are those that reservations hold",
        unit="held reservations",
        count="SELECT count(*) FROM reservations WHERE state = 'held'",
        broken="""
            SELECT s.listing_id AS subject, s.reserved, coalesce(sum(r.quantity), 0) AS held
            FROM stock s LEFT JOIN reservations r ON r.listing_id = s.listing_id AND r.state = 'held'
            GROUP BY s.listing_id HAVING s.reserved <> coalesce(sum(r.quantity), 0) ORDER BY 1
        """,
        says="listing {subject} has {reserved} pieces reserved, its reservations hold {held}",
    ),
    Rule(
        about="what is held is held for an open checkout, what is over is decided",
        unit="reservations",
        count="SELECT count(*) FROM reservations",
        broken="""
            SELECT r.checkout_id || ' ' || r.listing_id AS subject, r.checkout_id, r.listing_id, r.state, r.quantity,
                   coalesce(p.status, 'unknown') AS status
            FROM reservations r
            LEFT JOIN processes p ON p.workflow_id = r.checkout_id
            WHERE r.state <> CASE WHEN p.workflow_id IS NULL THEN '-'
                                  WHEN NOT p.is_final THEN 'held'
                                  WHEN p.status = 'paid' THEN 'sold' ELSE 'released' END
            ORDER BY 1
        """,
        says="checkout {checkout_id} ({status}): {quantity} pieces of {listing_id} are {state}",
    ),
    Rule(
        about="sold pieces are those that orders took",
        unit="order lines",
        count="SELECT count(*) FROM order_lines WHERE sold_listing_id IS NOT NULL",
        broken="""
            WITH taken AS (
                SELECT o.checkout_id, l.listing_id, sum(l.quantity) AS pieces
                FROM orders o JOIN order_lines l ON l.order_id = o.id
                WHERE o.checkout_id IS NOT NULL GROUP BY 1, 2
            ), sold AS (
                SELECT checkout_id, listing_id, quantity AS pieces FROM reservations WHERE state = 'sold'
            )
            SELECT checkout_id || ' ' || listing_id AS subject, checkout_id, listing_id,
                   coalesce(sold.pieces, 0) AS sold, coalesce(taken.pieces, 0) AS taken
            FROM taken FULL JOIN sold USING (checkout_id, listing_id)
            WHERE coalesce(sold.pieces, 0) <> coalesce(taken.pieces, 0) ORDER BY 1
        """,
        says="checkout {checkout_id}: {sold} pieces of {listing_id} were sold, its orders have {taken}",
    ),
)
