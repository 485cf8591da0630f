"""Personal fields sealed with each person's own key.

What is in clear today is sealed on the way, so a database with people in it needs the key ring; an empty one does not.
The ways of sealing are written out here: later code may change them, this step may not.
"""

import json
import secrets
import unicodedata
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from core.keys import KeyRing, Purpose, open_key_ring
from core.sealing import blind_index, decrypt, encrypt, seal, unseal
from core.settings import get_settings

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BATCH = 1_000
PERSONAL = ("name", "line1", "line2", "city", "region", "postal_code")
PLAIN = {  # column → (type, default) as the first house had them
    "name": (sa.String(120), None),
    "line1": (sa.String(200), None),
    "line2": (sa.String(200), ""),
    "city": (sa.String(120), None),
    "region": (sa.String(120), ""),
    "postal_code": (sa.String(20), None),
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '10s'")
    op.create_table(
        "person_keys",
        sa.Column("person_id", sa.String(40), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("destroyed_by", sa.String(80), nullable=True),
        sa.CheckConstraint("(wrapped_key IS NULL) = (destroyed_at IS NOT NULL)", name=op.f("ck_person_keys_destroyed")),
        sa.ForeignKeyConstraint(["person_id"], ["users.id"], name=op.f("fk_person_keys_person_id_users")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person_keys")),
    )
    op.add_column("users", sa.Column("email_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("users", sa.Column("name_sealed", sa.LargeBinary(), nullable=True))
    op.add_column("users", sa.Column("email_index", sa.String(64), nullable=True))
    op.add_column("users", sa.Column("email_verified_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("users", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("addresses", sa.Column("sealed", sa.LargeBinary(), nullable=True))
    _seal_everybody()
    op.drop_index("uq_users_email_lower", table_name="users")
    op.drop_column("users", "email")
    op.drop_column("users", "name")
    op.alter_column("users", "password_hash", nullable=True)
    op.create_unique_constraint(op.f("uq_users_email_index"), "users", ["email_index"])
    op.create_check_constraint(
        op.f("ck_users_erased"),
        "users",
        "CASE WHEN erased_at IS NULL THEN num_nulls(email_sealed, name_sealed, email_index) = 0"
        " ELSE num_nonnulls(email_sealed, name_sealed, email_index, password_hash) = 0 END",
    )
    for column in PERSONAL:
        op.drop_column("addresses", column)
    # Kept answers show people by name. Those of the last day would have to be hashed by another rule, too; a client that
    # repeats a request from before this step is told by the state of things instead.
    op.execute("DELETE FROM idempotency_records")
    op.drop_column("idempotency_records", "body")
    op.add_column("idempotency_records", sa.Column("sealed", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Erased people stay erased: they get an address that reaches nobody, and a password that nothing matches."""
    op.execute("DELETE FROM idempotency_records")
    op.drop_column("idempotency_records", "sealed")
    op.add_column("idempotency_records", sa.Column("body", JSONB(), nullable=True))
    op.drop_constraint(op.f("ck_users_erased"), "users")
    op.drop_constraint(op.f("uq_users_email_index"), "users")
    op.add_column("users", sa.Column("email", sa.String(254), nullable=True))
    op.add_column("users", sa.Column("name", sa.String(120), nullable=True))
    for column, (kind, default) in PLAIN.items():
        op.add_column("addresses", sa.Column(column, kind, nullable=True, server_default=default))
    _open_everybody()
    op.execute("UPDATE users SET password_hash = '!' WHERE password_hash IS NULL")
    for column in ("email", "name", "password_hash"):
        op.alter_column("users", column, nullable=False)
    for column in PLAIN:
        op.alter_column("addresses", column, nullable=False)
    op.create_index("uq_users_email_lower", "users", [sa.literal_column("lower(email)")], unique=True)
    for column in ("email_sealed", "name_sealed", "email_index", "email_verified_at", "erased_at"):
        op.drop_column("users", column)
    op.drop_column("addresses", "sealed")
    op.drop_table("person_keys")


def _seal_everybody() -> None:
    connection, ring = op.get_bind(), None
    for people in _pages("SELECT id, email, name FROM users WHERE id > :after ORDER BY id LIMIT :batch"):
        ring = ring or open_key_ring(get_settings().keys_path)
        keys = {person.id: secrets.token_bytes(32) for person in people}
        connection.execute(
            sa.text("INSERT INTO person_keys (person_id, wrapped_key) VALUES (:id, :wrapped)"),
            [{"id": id_, "wrapped": seal(ring, Purpose.PEOPLE, key, f"person-key/{id_}")} for id_, key in keys.items()],
        )
        # Everybody so far could sign in by their address alone, so it counts as theirs.
        connection.execute(
            sa.text(
                "UPDATE users SET email_sealed = :email, name_sealed = :name, email_index = :index,"
                " email_verified_at = created_at WHERE id = :id"
            ),
            [
                {
                    "id": person.id,
                    "email": _sealed(keys[person.id], person.id, "email", person.email),
                    "name": _sealed(keys[person.id], person.id, "name", person.name),
                    "index": blind_index(ring, unicodedata.normalize("NFC", person.email.strip()).lower()),
                }
                for person in people
            ],
        )
    for addresses in _pages(
        "SELECT a.id, a.user_id, a.name, a.line1, a.line2, a.city, a.region, a.postal_code, k.wrapped_key"
        " FROM addresses a JOIN person_keys k ON k.person_id = a.user_id"
        " WHERE a.id > :after ORDER BY a.id LIMIT :batch"
    ):
        assert ring is not None  # noqa: S101 - an address has an owner
        connection.execute(
            sa.text("UPDATE addresses SET sealed = :sealed WHERE id = :id"),
            [
                {
                    "id": row.id,
                    "sealed": _sealed(
                        unseal(ring, row.wrapped_key, f"person-key/{row.user_id}"),
                        row.user_id,
                        f"address/{row.id}",
                        json.dumps({column: getattr(row, column) for column in PERSONAL}, ensure_ascii=False),
                    ),
                }
                for row in addresses
            ],
        )


def _open_everybody() -> None:
    connection, ring = op.get_bind(), None
    for people in _pages(
        "SELECT u.id, u.email_sealed, u.name_sealed, k.wrapped_key"
        " FROM users u LEFT JOIN person_keys k ON k.person_id = u.id"
        " WHERE u.id > :after ORDER BY u.id LIMIT :batch"
    ):
        ring = ring or open_key_ring(get_settings().keys_path)
        connection.execute(
            sa.text("UPDATE users SET email = :email, name = :name WHERE id = :id"),
            [
                {
                    "id": row.id,
                    "email": _opened(ring, row.id, row.wrapped_key, "email", row.email_sealed)
                    or f"{row.id}@erased.invalid",
                    "name": _opened(ring, row.id, row.wrapped_key, "name", row.name_sealed) or "a former customer",
                }
                for row in people
            ],
        )
    for addresses in _pages(
        "SELECT a.id, a.user_id, a.sealed, k.wrapped_key"
        " FROM addresses a LEFT JOIN person_keys k ON k.person_id = a.user_id"
        " WHERE a.id > :after ORDER BY a.id LIMIT :batch"
    ):
        assert ring is not None  # noqa: S101 - an address has an owner
        plain = []
        for row in addresses:
            text = _opened(ring, row.user_id, row.wrapped_key, f"address/{row.id}", row.sealed)
            known = json.loads(text) if text else dict.fromkeys(PERSONAL, "") | {"line1": "erased"}
            plain.append({"id": row.id} | {column: known[column] for column in PERSONAL})
        connection.execute(
            sa.text(f"UPDATE addresses SET {', '.join(f'{column} = :{column}' for column in PERSONAL)} WHERE id = :id"),  # noqa: S608 - own names
            plain,
        )


def _pages(question: str) -> Iterator[list[sa.Row[Any]]]:
    after = ""
    while rows := list(op.get_bind().execute(sa.text(question), {"after": after, "batch": BATCH})):
        yield rows
        after = rows[-1].id


def _sealed(key: bytes, person_id: str, field: str, text: str) -> bytes:
    return encrypt(key, text.encode(), f"person/{person_id}/{field}".encode())


def _opened(ring: KeyRing, person_id: str, wrapped: bytes | None, field: str, sealed: bytes | None) -> str | None:
    if wrapped is None or sealed is None:
        return None
    key = unseal(ring, wrapped, f"person-key/{person_id}")
    return decrypt(key, sealed, f"person/{person_id}/{field}".encode()).decode()
