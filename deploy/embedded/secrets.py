"""The random keys of one home: made at the first start, readable by their owner alone, kept for as long as the home."""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

FILE = "secrets.json"


def load_or_create(home: Path, wanted: Mapping[str, str]) -> dict[str, str]:
    """A random key for each wanted name, as name → key; `wanted` maps each name to the prefix its key begins with.

    A key that a later release asks for is drawn at its first start; the others never change. Keys are hexadecimal, so
    that none needs quoting in an address.
    """
    path = home / FILE
    stored: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    missing = {name: prefix + secrets.token_hex(24) for name, prefix in wanted.items() if name not in stored}
    if missing:
        stored |= missing
        home.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(stored, file, indent=2)
        half.replace(path)
    return {name: stored[name] for name in wanted}
