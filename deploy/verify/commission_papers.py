"""What must hold between commissions, the taxes of their contracts, and the invoices of what was paid and went back."""

from deploy.verify.findings import Rule

_SUMS = """
WITH papers AS (
    SELECT i.*,
           (SELECT coalesce(sum((line->>'net_minor')::bigint), 0) FROM jsonb_array_elements(i.document->'lines') line)
               AS lines_net,
           (SELECT coalesce(sum((part->>'tax_minor')::bigint), 0) FROM jsonb_array_elements(i.document->'taxes') part)
               AS parts_tax
    FROM invoices i WHERE i.commission_id IS NOT NULL
)
"""

RULES = (
    Rule(
        about="the tax of a commission is the sum of its contract's taxes",
        unit="versions of contracts",
        count="SELECT count(DISTINCT (commission_id, version)) FROM commission_taxes",
        broken="""
            SELECT c.id AS subject, c.tax_minor, sum(t.tax_minor) AS taxes
            FROM commissions c JOIN commission_taxes t ON t.commission_id = c.id AND t.version = c.version
            GROUP BY c.id HAVING c.tax_minor <> sum(t.tax_minor) ORDER BY 1
        """,
        says="commission {subject} has a tax of {tax_minor}, its contract's come to {taxes}",
    ),
    Rule(
        about="an invoice of a commission is its payment, line by line",
        unit="invoices of payments",
        count="SELECT count(*) FROM invoices WHERE kind = 'advance'",
        broken=_SUMS  # noqa: S608 - a constant of this file
        + """
            SELECT p.number AS subject, p.net_minor, p.tax_minor, p.lines_net, p.parts_tax,
                   coalesce(c.amount_minor, 0) AS due, coalesce(c.tax_minor, 0) AS tax_due
            FROM papers p
            LEFT JOIN commission_charges c
                ON p.event = 'charge/' || c.id AND c.state = 'paid' AND c.commission_id = p.commission_id
            WHERE p.kind = 'advance' AND (c.id IS NULL OR p.currency <> c.currency
                OR (p.net_minor, p.tax_minor) <> (c.amount_minor, c.tax_minor)
                OR (p.lines_net, p.parts_tax) <> (c.amount_minor, c.tax_minor))
            ORDER BY 1
        """,
        says="{subject} is over {net_minor} + {tax_minor}, its lines over {lines_net} + {parts_tax}; {due} + {tax_due} "
        "were paid",
    ),
    Rule(
        about="a credit note of a commission is its refund",
        unit="credit notes of commissions",
        count="SELECT count(*) FROM invoices WHERE commission_id IS NOT NULL AND kind = 'credit_note'",
        broken=_SUMS  # noqa: S608 - a constant of this file
        + """
            SELECT p.number AS subject, p.total_minor, p.lines_net + p.parts_tax AS lines,
                   coalesce(r.amount_minor, 0) AS due
            FROM papers p
            LEFT JOIN commission_refunds r
                ON p.event = 'commission-refund/' || r.id AND r.commission_id = p.commission_id
            WHERE p.kind = 'credit_note'
                AND (r.id IS NULL OR p.total_minor <> r.amount_minor OR p.lines_net + p.parts_tax <> r.amount_minor)
            ORDER BY 1
        """,
        says="{subject} is over {total_minor}, its lines over {lines}; {due} went back",
    ),
    Rule(
        about="no invoice of a commission is credited with more than it was over",
        unit="invoices of payments",
        count="SELECT count(*) FROM invoices WHERE kind = 'advance'",
        broken="""
            SELECT i.number AS subject, i.net_minor, i.tax_minor, sum(n.net_minor) AS net_back,
                   sum(n.tax_minor) AS tax_back
            FROM invoices i JOIN invoices n ON n.corrects = i.id
            WHERE i.kind = 'advance' GROUP BY i.id
            HAVING sum(n.net_minor) > i.net_minor OR sum(n.tax_minor) > i.tax_minor ORDER BY 1
        """,
        says="{subject} is over {net_minor} + {tax_minor}, {net_back} + {tax_back} are credited",
    ),
    Rule(
        about="no payment of a commission is passed over by invoicing",
        unit="paid charges",
        count="SELECT count(*) FROM commission_charges WHERE state = 'paid'",
        # One that nobody asked for waits until the night; an invoice of a later payment would have brought it along.
        broken="""
            SELECT c.id AS subject, c.commission_id, later.id AS later
            FROM commission_charges c
            LEFT JOIN invoices i ON i.event = 'charge/' || c.id
            JOIN commission_charges later ON later.commission_id = c.commission_id AND later.paid_at > c.paid_at
            JOIN invoices l ON l.event = 'charge/' || later.id
            WHERE c.state = 'paid' AND i.id IS NULL ORDER BY 1
        """,
        says="charge {subject} has no invoice, although {later} was paid after it and has one",
    ),
)
