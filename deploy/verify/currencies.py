"""What must hold where money crosses currencies: rates, quotes, and what artisans are owed in theirs."""

from deploy.verify.findings import Rule

RULES = (
    Rule(
        about="frozen rates are those that were quoted",
        unit="exchanged parts",
        count="SELECT count(*) FROM checkout_exchanges",
        broken="""
            SELECT x.checkout_id || ' ' || x.shop_id AS subject, x.checkout_id, x.shop_id, x.billionths,
                   q.billionths AS due
            FROM checkout_exchanges x
            JOIN checkouts c ON c.id = x.checkout_id JOIN shops s ON s.id = x.shop_id
            LEFT JOIN fx_quotes q ON q.id = x.quote_id AND q.base = x.currency AND q.quote = c.currency
            WHERE q.id IS NULL OR q.billionths <> x.billionths OR x.currency <> s.currency
               OR c.created_at > q.expires_at
            ORDER BY 1
        """,
        says="checkout {checkout_id}: the part of {shop_id} is frozen at {billionths} billionths, quoted was {due}",
    ),
    Rule(
        about="a part that crosses currencies says so",
        unit="checkout parts",
        count="SELECT count(*) FROM checkout_shops",
        broken="""
            SELECT p.checkout_id || ' ' || p.shop_id AS subject, p.checkout_id, p.shop_id, c.currency,
                   s.currency AS own
            FROM checkout_shops p JOIN checkouts c ON c.id = p.checkout_id JOIN shops s ON s.id = p.shop_id
            LEFT JOIN checkout_exchanges x ON x.checkout_id = p.checkout_id AND x.shop_id = p.shop_id
            WHERE (c.currency <> s.currency) <> (x.checkout_id IS NOT NULL) ORDER BY 1
        """,
        says="checkout {checkout_id}: the part of {shop_id} is charged in {currency}, its shop keeps {own}",
    ),
    Rule(
        about="artisans get what they are owed, in their own currency",
        unit="releases across currencies",
        count="SELECT count(*) FROM checkout_exchanges WHERE released_minor IS NOT NULL",
        broken="""
            WITH paid AS (
                SELECT o.id, x.currency, x.items_minor + x.shipping_minor - x.fee_minor AS owed, x.released_minor,
                       o.items_minor + o.shipping_minor - o.fee_minor AS net
                FROM checkout_exchanges x
                JOIN orders o ON o.checkout_id = x.checkout_id AND o.shop_id = x.shop_id
                WHERE x.released_minor IS NOT NULL
            ), booked AS (
                SELECT p.reference, sum(-e.amount_minor) FILTER (WHERE e.currency = paid.currency) AS amount,
                       count(*) FILTER (WHERE e.currency <> paid.currency) AS strange
                FROM paid
                JOIN ledger_postings p ON p.reference = paid.id AND p.kind = 'release'
                JOIN ledger_entries e ON e.posting_id = p.id
                JOIN ledger_accounts a ON a.id = e.account_id AND a.kind = 'artisan_payable'
                GROUP BY 1
            )
            SELECT paid.id AS subject, paid.currency, paid.owed, coalesce(booked.amount, 0) AS amount
            FROM paid LEFT JOIN booked ON booked.reference = paid.id
            WHERE coalesce(booked.strange, 0) > 0 OR coalesce(booked.amount, 0) > paid.owed
               OR (paid.released_minor = paid.net AND coalesce(booked.amount, 0) <> paid.owed)
               OR abs(coalesce(booked.amount, 0) * paid.net - paid.owed * paid.released_minor) > paid.net
            ORDER BY 1
        """,
        says="order {subject}: {amount} {currency} were released, of {owed} that are owed",
    ),
)
