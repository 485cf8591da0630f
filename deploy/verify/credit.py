"""What must hold between store credit, the checkouts that use it, gift cards, and the ledger that owes both."""

from deploy.verify.findings import Rule

RULES = (
    Rule(
        about="credit is kept, spent and given back as its checkout goes",
        unit="checkouts with credit",
        count="SELECT count(*) FROM checkouts WHERE credit_minor > 0",
        broken="""
            WITH booked AS (
                SELECT p.reference, sum(e.amount_minor) AS amount
                FROM ledger_postings p JOIN ledger_entries e ON e.posting_id = p.id
                JOIN ledger_accounts a ON a.id = e.account_id
                WHERE p.kind = 'sale' AND a.kind = 'store_credit' GROUP BY 1
            ), shared AS (SELECT checkout_id, sum(credit_minor) AS amount FROM orders GROUP BY 1)
            SELECT c.id AS subject, c.credit_minor AS due, coalesce(r.state, 'not kept') AS state,
                   coalesce(r.amount_minor, 0) AS kept, coalesce(booked.amount, 0) AS spent,
                   coalesce(shared.amount, 0) AS orders, coalesce(f.status, 'no process') AS status
            FROM checkouts c
            LEFT JOIN credit_reservations r ON r.checkout_id = c.id
            LEFT JOIN processes f ON f.workflow_id = c.id
            LEFT JOIN booked ON booked.reference = c.id
            LEFT JOIN shared ON shared.checkout_id = c.id
            WHERE coalesce(r.amount_minor, 0) <> c.credit_minor
               OR (r.checkout_id IS NOT NULL AND (r.currency <> c.currency OR r.person_id <> c.buyer_id))
               OR coalesce(booked.amount, 0) <> CASE WHEN c.paid THEN c.credit_minor ELSE 0 END
               OR coalesce(shared.amount, 0) <> CASE WHEN c.paid THEN c.credit_minor ELSE 0 END
               OR (c.credit_minor > 0 AND r.state <> CASE WHEN c.paid THEN 'spent' WHEN f.is_final THEN 'released'
                                                          ELSE 'held' END)
            ORDER BY 1
        """,
        says=(
            "checkout {subject} ({status}): {due} of credit is due, {kept} is {state}, {spent} was booked, its orders "
            "have {orders}"
        ),
    ),
    Rule(
        about="nobody has more credit kept than they are owed",
        unit="accounts of store credit",
        count="SELECT count(*) FROM ledger_accounts WHERE kind = 'store_credit'",
        broken="""
            SELECT r.person_id AS subject, r.currency, sum(r.amount_minor) AS kept,
                   coalesce((SELECT -sum(e.amount_minor) FROM ledger_accounts a
                             JOIN ledger_entries e ON e.account_id = a.id
                             WHERE a.kind = 'store_credit' AND a.owner = r.person_id AND a.currency = r.currency), 0)
                       AS owed
            FROM credit_reservations r WHERE r.state = 'held' GROUP BY 1, 2
            HAVING sum(r.amount_minor) > coalesce((SELECT -sum(e.amount_minor) FROM ledger_accounts a
                             JOIN ledger_entries e ON e.account_id = a.id
                             WHERE a.kind = 'store_credit' AND a.owner = r.person_id AND a.currency = r.currency), 0)
            ORDER BY 1
        """,
        says="payments keep {kept} {currency} of {subject}, who is owed {owed}",
    ),
    Rule(
        about="refunds give back to each source no more than it paid",
        unit="orders with credit",
        count="SELECT count(*) FROM orders WHERE credit_minor > 0",
        broken="""
            SELECT o.id AS subject, o.credit_minor AS credit, o.total_minor - o.credit_minor AS card,
                   coalesce(sum(r.amount_minor) FILTER (WHERE r.to_credit), 0) AS to_credit,
                   coalesce(sum(r.amount_minor) FILTER (WHERE NOT r.to_credit), 0) AS to_card
            FROM orders o JOIN refunds r ON r.order_id = o.id GROUP BY o.id
            HAVING coalesce(sum(r.amount_minor) FILTER (WHERE r.to_credit), 0) > o.credit_minor
                OR coalesce(sum(r.amount_minor) FILTER (WHERE NOT r.to_credit), 0) > o.total_minor - o.credit_minor
            ORDER BY 1
        """,
        says="order {subject}: {to_card} to the card that paid {card}, {to_credit} to credit that paid {credit}",
    ),
    Rule(
        about="a gift card is worth something until it is redeemed or blocked",
        unit="gift cards",
        count="SELECT count(*) FROM gift_cards",
        broken="""
            SELECT g.id AS subject, g.status, coalesce(-sum(e.amount_minor), 0) AS worth
            FROM gift_cards g
            LEFT JOIN ledger_accounts a ON a.kind = 'gift_cards' AND a.owner = g.id
            LEFT JOIN ledger_entries e ON e.account_id = a.id
            GROUP BY g.id HAVING (g.status = 'open') <> (coalesce(-sum(e.amount_minor), 0) > 0)
                OR coalesce(-sum(e.amount_minor), 0) < 0
            ORDER BY 1
        """,
        says="gift card {subject} is {status}, and worth {worth}",
    ),
    Rule(
        about="a bought gift card has one sale of its amount and one captured payment, any other was given away",
        unit="gift cards",
        count="SELECT count(*) FROM gift_cards",
        broken="""
            SELECT coalesce(g.id, b.id) AS subject, coalesce(b.state, 'nobody bought it') AS state,
                   coalesce(g.status, 'no card') AS status, sold.postings, sold.amount
            FROM gift_cards g FULL JOIN gift_card_purchases b ON b.id = g.id
            CROSS JOIN LATERAL (
                SELECT count(DISTINCT p.id) AS postings, coalesce(-sum(e.amount_minor), 0) AS amount
                FROM ledger_postings p JOIN ledger_entries e ON e.posting_id = p.id
                JOIN ledger_accounts a ON a.id = e.account_id AND a.kind = 'gift_cards'
                WHERE p.kind = 'gift_card_sold' AND p.reference = coalesce(g.id, b.id)
                AND a.currency = coalesce(b.currency, a.currency)
            ) sold
            LEFT JOIN processes f ON f.workflow_id = 'gift-card-' || b.id
            WHERE (g.id IS NOT NULL AND (g.grant_id IS NULL) <> (coalesce(b.state, '') = 'paid'))
               OR (coalesce(b.state, '') = 'paid') <> (sold.postings = 1)
               OR sold.postings > 1
               OR (b.state = 'paid' AND (g.id IS NULL OR b.provider_id IS NULL OR b.intent_id IS NULL
                                         OR sold.amount <> b.amount_minor))
               OR (b.state = 'open' AND coalesce(f.is_final, false))
            ORDER BY 1
        """,
        says="gift card {subject} is {state} and {status}, with {postings} sales over {amount}",
    ),
    Rule(
        about="what is given away was decided by two, and booked once",
        unit="grants",
        count="SELECT count(*) FROM credit_grants",
        broken="""
            SELECT g.id AS subject, g.status, count(DISTINCT p.id) AS postings
            FROM credit_grants g LEFT JOIN ledger_postings p ON p.reference = g.id
                AND p.kind IN ('credit_granted', 'gift_card_issued')
            GROUP BY g.id
            HAVING count(DISTINCT p.id) <> CASE WHEN g.status = 'approved' THEN 1 ELSE 0 END
                OR (g.status = 'approved' AND (g.decided_by IS NULL OR g.decided_by = g.proposed_by))
            ORDER BY 1
        """,
        says="{subject} is {status} and has {postings} postings",
    ),
)
