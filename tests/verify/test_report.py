"""What `artisan verify` prints and how it exits; and that a passing difference is looked at again."""

import io
from collections.abc import AsyncIterator
from pathlib import Path

from rich.console import Console
from sqlalchemy import text

from activities.gateways.erasure_journal import FileErasureJournal
from activities.gateways.stripe_books import BookedCharge
from core import clock
from deploy import verify
from deploy.verify import privacy
from deploy.verify.findings import Checked, checked
from models.errors import PartnerUnavailable
from models.ports import Tombstone
from tests.verify.conftest import Books, Market


def printed(found: list[Checked]) -> tuple[int, str]:
    out = io.StringIO()
    code = verify.report(Console(file=out, width=120, soft_wrap=True), found)
    return code, out.getvalue()


def test_nothing_wrong() -> None:
    code, text = printed([checked("stock is never negative", 12, "listings", [])])
    assert code == 0
    assert "stock is never negative" in text
    assert "12" in text
    assert "no violations in 1 checks" in text


def test_each_violation_has_a_line() -> None:
    code, text = printed([checked("stock", 2, "listings", [("a", "listing [a] has -1"), ("b", "listing b has -2")])])
    assert code == 1
    assert "violation: listing [a] has -1\nviolation: listing b has -2\n" in text
    assert "2 violations" in text


def test_very_many_are_counted() -> None:
    code, text = printed([checked("stock", 50, "listings", [(str(n), f"listing {n}") for n in range(50)])])
    assert code == 1
    assert "violation: and 30 more of: stock" in text


def test_only_what_stays_wrong_is_told() -> None:
    first = [checked("a", 1, "", [("x", "x is 1 behind"), ("y", "y is wrong")]), checked("b", 1, "", [])]
    second = [checked("a", 2, "", [("x", "x is 2 behind")]), checked("b", 1, "", [("y", "y is wrong")])]
    found = verify.still_there(first, second)
    assert [[violation.sentence for violation in line.violations] for line in found] == [["x is 2 behind"], []]
    assert [line.count for line in found] == [2, 1]


class SilentBooks(Books):
    def charges(self) -> AsyncIterator[BookedCharge]:
        raise PartnerUnavailable("The payment provider's books cannot be read at the moment.")


async def test_what_cannot_be_looked_at_is_a_violation(market: Market, tmp_path: Path) -> None:
    torn = tmp_path / "erasures.jsonl"
    torn.write_text('{"person": "usr_1"')
    found = await verify.examine(market.engine, SilentBooks(), None, None, FileErasureJournal(torn))
    assert [violation.sentence for line in found for violation in line.violations] == [
        "The journal of erasures can't be read: erasures.jsonl, line 1: this is no erasure",
        "The key ring cannot be read, so no seal can be checked. Is ARTISAN_KEYS_FILE right?",
        "The payment provider's books cannot be read at the moment.",
        "Temporal cannot be asked (TimeoutError). Is the stack running?",
    ]


async def test_whom_a_backup_has_brought_back_is_named(market: Market, tmp_path: Path) -> None:
    journal, now = FileErasureJournal(tmp_path / "erasures.jsonl"), clock.now()
    here = await market.connection.scalar(text("SELECT min(id) FROM users WHERE erased_at IS NULL"))
    for person_id in (market.erased, str(here), "usr_of_a_later_day"):
        await journal.add(Tombstone(person_id, f"erasure-{person_id}-1", now))
    (line,) = await privacy.examine(market.connection, journal)
    assert line.count == 3
    assert [violation.subject for violation in line.violations] == [here]
    assert "artisan erasures replay" in line.violations[0].sentence
