"""Every table says what it holds of a person, how long, what an erasure does to it, and where it is in a person's own
copy; and the page that people read says the same."""

import pytest
from sqlalchemy import LargeBinary

from deploy import data_map
from models.repositories.privacy_retention import _SWEEPS
from models.repositories.privacy_sections import SECRET, SECTIONS
from models.rules.consents import CURRENT, Purpose
from models.rules.erasure import HELD, Form, Obligation, Open, obligations, receipts_due
from models.rules.retention import RETENTION, SWEEPS, Then
from models.tables import Base

TABLES = set(Base.metadata.tables)


def test_every_table_has_a_row_in_the_map_and_in_the_schedule() -> None:
    assert set(HELD) == TABLES
    assert set(RETENTION) == TABLES


def test_a_persons_own_copy_leaves_no_table_out_without_a_reason() -> None:
    shown = [table for section in SECTIONS for table in section.tables]
    assert len(shown) == len(set(shown))
    assert set(shown) == {table for table, held in HELD.items() if held.exported}
    assert all(held.why_not for held in HELD.values() if not held.exported)


def test_the_map_names_columns_that_exist() -> None:
    named = {(table, column) for table, held in HELD.items() for column in held.fields}
    assert named <= {(table.name, column.name) for table in Base.metadata.tables.values() for column in table.columns}


def test_whatever_is_stored_as_bytes_is_named_or_is_nobodys() -> None:
    """A new sealed column is personal until somebody says otherwise here."""
    nobodys = {
        *("audit_chain.hash", "audit_chain.previous_hash", "audit_seals.hash", "audit_seals.signature"),
        *("signing_keys.sealed_private", "sign_in_attempts.sealed"),
        *("passkeys.user_handle", "passkey_challenges.user_handle"),
    }
    stored = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    named = {f"{table}.{column}" for table, held in HELD.items() for column in held.fields}
    assert stored - named == nobodys


def test_no_section_shows_a_secret() -> None:
    """Whatever is sealed or hashed is left out of every row; what a section shows opened, it opens itself."""
    hidden = {
        column
        for held in HELD.values()
        if held.exported
        for column, form in held.fields.items()
        if form in {Form.SEALED, Form.RING, Form.INDEX, Form.HASH}
    }
    assert hidden <= SECRET


def test_every_rule_with_days_is_swept_and_nothing_else_is() -> None:
    people = {"users"}  # one by one, by `activities.retention`
    assert set(_SWEEPS) | people == set(SWEEPS) == {table for table, kept in RETENTION.items() if kept.days is not None}
    ends = {Then.DELETED, Then.EMPTIED, Then.ERASED}
    assert {table for table, kept in RETENTION.items() if kept.then in ends} == set(SWEEPS)


def test_the_page_that_people_read_is_the_rules() -> None:
    """Run `artisan data-map` and read the difference: it is what becomes of people's data."""
    assert data_map.written() == data_map.tables()


@pytest.mark.parametrize(
    ("open_", "waits_for"),
    [
        (Open(), ()),
        (Open(bought=1), (Obligation.BOUGHT,)),
        (Open(sold=2), (Obligation.SOLD,)),
        (Open(checkouts=1, money=1), (Obligation.CHECKOUT, Obligation.MONEY)),
        (Open(disputes=1), (Obligation.DISPUTE,)),
        (Open(debts=1, suspended=1), (Obligation.SUSPENDED, Obligation.DEBT)),
    ],
)
def test_an_erasure_waits_for_whatever_is_open(open_: Open, waits_for: tuple[Obligation, ...]) -> None:
    assert obligations(open_) == waits_for


def test_everybody_who_knew_somebody_owes_a_receipt() -> None:
    everybody = {"mail", "database", "search", "payments"}
    assert receipts_due(frozenset(), connected=False) == everybody
    assert receipts_due(frozenset({"swift"}), connected=True) == {*everybody, "connected_account", "courier:swift"}


def test_every_purpose_has_a_wording_of_today() -> None:
    assert set(CURRENT) == set(Purpose)
