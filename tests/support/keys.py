"""One key ring for all tests of a session, in a folder of its own."""

import tempfile
from functools import cache
from pathlib import Path

from core.keys import FileKeyRing


@cache
def keys_file() -> Path:
    path = Path(tempfile.mkdtemp(prefix="artisan-test-keys-")) / "keys.json"
    FileKeyRing.create(path)
    return path


@cache
def key_ring() -> FileKeyRing:
    return FileKeyRing(keys_file())
