"""What must hold for the nightly comparison: no day is left out, and nothing is repaired by one administrator alone."""

from api.reconciliation.words import KINDS, REPAIRS
from deploy.verify.findings import Rule


def _listed(codes: list[str]) -> str:
    """Of our own making, for SQL."""
    return ", ".join(f"'{code}'" for code in codes)


RULES = (
    Rule(
        about="the nights leave out no day",
        unit="nights that ended",
        count="SELECT count(*) FROM reconciliation_runs WHERE ended_at IS NOT NULL",
        broken="""
            WITH nights AS (
                SELECT id, since, until, lag(until) OVER (ORDER BY until) AS before
                FROM reconciliation_runs WHERE ended_at IS NOT NULL
            )
            SELECT id AS subject,
                   'begins ' || to_char(since - before, 'DD "days" HH24:MI') || ' after the last one' AS why
            FROM nights WHERE since > before
            UNION ALL
            SELECT r.id, 'has ended, and ' || count(*) || ' of its checkouts and payouts were not looked at'
            FROM reconciliation_units u JOIN reconciliation_runs r ON r.id = u.run_id AND r.ended_at IS NOT NULL
            GROUP BY r.id ORDER BY 1
        """,
        says="night {subject} {why}",
    ),
    Rule(
        about="every difference says what it is about, and has words for its page",
        unit="differences",
        count="SELECT count(*) FROM reconciliation_cases",
        broken=f"""
            SELECT id AS subject, kind, coalesce(repair ->> 'do', 'nothing') AS repair FROM reconciliation_cases
            WHERE kind NOT IN ({_listed([kind.value for kind in KINDS])})
               OR coalesce(repair ->> 'do', '') NOT IN ({_listed([do.value for do in REPAIRS])})
               OR (kind <> 'balance_differs' AND unit = '' AND facts = '{{}}')
               OR (repair ->> 'do' = 'post' AND jsonb_array_length(coalesce(repair -> 'entries', '[]')) = 0)
            ORDER BY 1
        """,  # noqa: S608 - codes of our own, no input
        says="difference {subject} ({kind}, {repair}) can't be shown: its kind, its facts or its repair are missing",
    ),
    Rule(
        about="every repair was agreed to by two administrators",
        unit="repairs",
        count="SELECT count(*) FROM reconciliation_cases WHERE approved_by IS NOT NULL",
        broken="""
            SELECT c.id AS subject, coalesce(c.proposed_by, 'nobody') AS one, coalesce(c.approved_by, 'nobody') AS other
            FROM reconciliation_cases c
            WHERE (c.status = 'approved' OR c.outcome IN ('repaired', 'settled_by_hand')) AND (
                c.proposed_by IS NULL OR c.approved_by IS NULL OR c.proposed_by = c.approved_by
                OR NOT EXISTS (SELECT 1 FROM audit_entries a WHERE a.subject = c.id AND a.actor = c.proposed_by
                               AND a.action = 'case.repair_proposed' AND a.role = 'administrator')
                OR NOT EXISTS (SELECT 1 FROM audit_entries a WHERE a.subject = c.id AND a.actor = c.approved_by
                               AND a.action = 'case.repair_approved' AND a.role = 'administrator'))
            ORDER BY 1
        """,
        says="difference {subject} was repaired by {one} and {other}: not two administrators, or not in the audit log",
    ),
    Rule(
        about="a repair is booked exactly once, and nothing is booked without one",
        unit="repairs in the ledger",
        count="SELECT count(*) FROM ledger_postings WHERE step_key LIKE 'case/%'",
        broken="""
            WITH due AS (
                SELECT 'case/' || id AS step_key FROM reconciliation_cases
                WHERE outcome = 'repaired' AND repair ->> 'do' = 'post'
            ), booked AS (SELECT step_key FROM ledger_postings WHERE step_key LIKE 'case/%')
            SELECT coalesce(due.step_key, booked.step_key) AS subject,
                   CASE WHEN booked.step_key IS NULL THEN 'is repaired, and nothing is booked'
                        ELSE 'is booked, and nobody has agreed to it' END AS why
            FROM due FULL JOIN booked ON booked.step_key = due.step_key
            WHERE due.step_key IS NULL OR booked.step_key IS NULL ORDER BY 1
        """,
        says="{subject} {why}",
    ),
)
