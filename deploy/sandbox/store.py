"""The sandbox's SQLite file: objects, remembered answers, outgoing callbacks and switches.

Owns all SQL. A partner's effect, the answer remembered for its idempotency key and the callbacks that follow from it
are committed in one transaction before the answer leaves. WAL with `synchronous=NORMAL` survives the death of the
process (not that of the machine), which is what the sandbox promises; one short transaction costs well under a
millisecond, so it runs in the event loop.
"""

import json
import math
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Body = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    parent TEXT NOT NULL DEFAULT '',
    created INTEGER NOT NULL,
    due REAL,
    body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS objects_by_kind ON objects (kind, seq);
CREATE INDEX IF NOT EXISTS objects_by_parent ON objects (kind, parent, seq) WHERE parent <> '';
CREATE INDEX IF NOT EXISTS objects_by_due ON objects (due) WHERE due IS NOT NULL;
CREATE TABLE IF NOT EXISTS answers (
    realm TEXT NOT NULL,
    key TEXT NOT NULL,
    created REAL NOT NULL,
    fingerprint TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    request_id TEXT NOT NULL,
    PRIMARY KEY (realm, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL,
    event_id TEXT NOT NULL,
    body TEXT NOT NULL,
    due REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'pending',
    last_answer TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS outbox_by_due ON outbox (due) WHERE state = 'pending';
CREATE TABLE IF NOT EXISTS switches (name TEXT PRIMARY KEY, body TEXT NOT NULL);
"""
REMEMBERED_SECONDS = 24 * 3600
"""How long Stripe keeps the answer of an idempotency key."""


@dataclass(frozen=True, slots=True)
class Remembered:
    fingerprint: str
    status: int
    body: str
    request_id: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One callback to deliver; the same event may stand in several rows."""

    id: int
    channel: str
    event_id: str
    body: str
    attempts: int


class Store:
    """One connection, used from one thread."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path, isolation_level=None, timeout=10)
        self._db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=10000;")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commits at the end, rolls back on any exception; does not nest."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    # Objects

    def get(self, kind: str, object_id: str) -> Body | None:
        row = self._db.execute("SELECT body FROM objects WHERE id = ? AND kind = ?", (object_id, kind)).fetchone()
        return None if row is None else json.loads(row[0])

    def put(self, kind: str, body: Body, *, parent: str | None = None, due: float | None = None) -> None:
        """Inserts or replaces by `body["id"]`; `due` is when the clock looks at it next, `parent=None` keeps it."""
        self._db.execute(
            "INSERT INTO objects (id, kind, parent, created, due, body) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET body = excluded.body, due = excluded.due,"
            " parent = CASE WHEN ? THEN objects.parent ELSE excluded.parent END",
            (
                body["id"],
                kind,
                parent or "",
                int(body.get("created") or time.time()),
                due,
                json.dumps(body, separators=(",", ":")),
                parent is None,
            ),
        )

    def page(
        self,
        kind: str,
        *,
        parent: str | None = None,
        limit: int = 100,
        after: str | None = None,
        before: str | None = None,
        created: dict[str, int] | None = None,
        matching: Mapping[str, str] | None = None,
    ) -> list[Body]:
        """Newest first. `after` and `before` are ids as in Stripe's `starting_after` and `ending_before`.

        `matching` are fields of the body and their values; they are looked at row by row.
        """
        where: list[str] = ["kind = ?"]
        binds: list[object] = [kind]
        if parent is not None:
            where.append("parent = ? AND parent <> ''")
            binds.append(parent)
        for cursor, sign in ((after, "<"), (before, ">")):
            if cursor is not None:
                where.append(f"seq {sign} (SELECT seq FROM objects WHERE id = ?)")  # noqa: S608 (a sign of ours)
                binds.append(cursor)
        for name, value in (created or {}).items():
            where.append("created " + {"gt": ">", "gte": ">=", "lt": "<", "lte": "<=", "eq": "="}[name] + " ?")
            binds.append(value)
        for field, wanted in (matching or {}).items():
            where.append("json_extract(body, ?) = ?")
            binds.extend((f"$.{field}", wanted))
        order = "ASC" if before is not None else "DESC"
        sql = f"SELECT body FROM objects WHERE {' AND '.join(where)} ORDER BY seq {order} LIMIT ?"  # noqa: S608 - own names
        rows = self._db.execute(sql, (*binds, limit)).fetchall()
        found = [json.loads(row[0]) for row in rows]
        return found[::-1] if before is not None else found

    def due(self, now: float, limit: int = 200) -> list[tuple[str, Body]]:
        rows = self._db.execute(
            "SELECT kind, body FROM objects WHERE due IS NOT NULL AND due <= ? ORDER BY due LIMIT ?", (now, limit)
        ).fetchall()
        return [(kind, json.loads(body)) for kind, body in rows]

    def waiting(self, kinds: str, until: float | None = None) -> list[tuple[str, Body]]:
        """Of the kinds that begin so: what falls due at all, or until then, the earliest first."""
        rows = self._db.execute(
            "SELECT kind, body FROM objects WHERE due IS NOT NULL AND due <= ? AND substr(kind, 1, ?) = ?"
            " ORDER BY due, seq",
            (math.inf if until is None else until, len(kinds), kinds),
        ).fetchall()
        return [(kind, json.loads(body)) for kind, body in rows]

    def next_due(self) -> float | None:
        row = self._db.execute("SELECT min(due) FROM objects WHERE due IS NOT NULL").fetchone()
        return None if row[0] is None else float(row[0])

    def delete(self, object_id: str) -> None:
        self._db.execute("DELETE FROM objects WHERE id = ?", (object_id,))

    def rewrite(self, mention: str, change: Callable[[Body], Body]) -> int:
        """Changes every object, remembered answer and outgoing callback whose text holds `mention`; how many objects it
        was. Kinds, ids and what falls due stay."""
        changed = 0
        for table, key in (("objects", "seq"), ("outbox", "id")):
            rows = self._db.execute(f"SELECT {key}, body FROM {table} WHERE instr(body, ?)", (mention,)).fetchall()  # noqa: S608 - own names
            for row, body in rows:
                text = json.dumps(change(json.loads(body)), separators=(",", ":"))
                self._db.execute(f"UPDATE {table} SET body = ? WHERE {key} = ?", (text, row))  # noqa: S608 - own names
                changed += table == "objects" and text != body
        answers = self._db.execute("SELECT realm, key, body FROM answers WHERE instr(body, ?)", (mention,)).fetchall()
        for realm, answer_key, body in answers:
            text = json.dumps(change(json.loads(body)), separators=(",", ":"))
            self._db.execute("UPDATE answers SET body = ? WHERE realm = ? AND key = ?", (text, realm, answer_key))
        return changed

    def drop(self, kind: str, parent: str) -> int:
        """Deletes all objects of a kind under one parent; how many there were."""
        return self._db.execute("DELETE FROM objects WHERE kind = ? AND parent = ?", (kind, parent)).rowcount

    def query(self, sql: str, binds: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """Read-only reports (balance, statistics)."""
        return self._db.execute(sql, binds).fetchall()

    # Remembered answers

    def recall(self, realm: str, key: str, now: float) -> Remembered | None:
        row = self._db.execute(
            "SELECT fingerprint, status, body, request_id FROM answers WHERE realm = ? AND key = ? AND created > ?",
            (realm, key, now - REMEMBERED_SECONDS),
        ).fetchone()
        return None if row is None else Remembered(*row)

    def remember(self, realm: str, key: str, answer: Remembered, now: float) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?)",
            (realm, key, now, answer.fingerprint, answer.status, answer.body, answer.request_id),
        )

    def forget_answers(self, realm: str) -> int:
        """Before their time, those of the realms that begin so; how many there were."""
        return self._db.execute("DELETE FROM answers WHERE substr(realm, 1, ?) = ?", (len(realm), realm)).rowcount

    def forget_old_answers(self, now: float) -> None:
        self._db.execute("DELETE FROM answers WHERE created <= ?", (now - REMEMBERED_SECONDS,))

    # Outgoing callbacks

    def enqueue(self, channel: str, event_id: str, body: str, due: float, state: str = "pending") -> None:
        self._db.execute(
            "INSERT INTO outbox (channel, event_id, body, due, state) VALUES (?, ?, ?, ?, ?)",
            (channel, event_id, body, due, state),
        )

    def outgoing(self, now: float, limit: int) -> list[Outgoing]:
        rows = self._db.execute(
            "SELECT id, channel, event_id, body, attempts FROM outbox WHERE state = 'pending' AND due <= ?"
            " ORDER BY due, id LIMIT ?",
            (now, limit),
        ).fetchall()
        return [Outgoing(*row) for row in rows]

    def next_outgoing(self) -> float | None:
        row = self._db.execute("SELECT min(due) FROM outbox WHERE state = 'pending'").fetchone()
        return None if row[0] is None else float(row[0])

    def delivered(self, row_id: int, answer: str) -> None:
        self._db.execute(
            "UPDATE outbox SET state = 'delivered', attempts = attempts + 1, last_answer = ? WHERE id = ?",
            (answer, row_id),
        )

    def postponed(self, row_id: int, answer: str, due: float) -> None:
        self._db.execute(
            "UPDATE outbox SET attempts = attempts + 1, last_answer = ?, due = ? WHERE id = ?", (answer, due, row_id)
        )

    # Switches

    def switch(self, name: str) -> Any:
        row = self._db.execute("SELECT body FROM switches WHERE name = ?", (name,)).fetchone()
        return None if row is None else json.loads(row[0])

    def set_switch(self, name: str, value: object) -> None:
        self._db.execute("INSERT OR REPLACE INTO switches VALUES (?, ?)", (name, json.dumps(value)))

    def reset(self) -> None:
        for table in ("objects", "answers", "outbox", "switches"):
            self._db.execute(f"DELETE FROM {table}")  # noqa: S608 (names from the line above)
