"""The key ring: what is current, what still opens, what is gone; and nobody's key is lost or shown."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from core.keys import FileKeyRing, KeyErased, Purpose, State, UnknownKey, new_key, open_key_ring

TURN = """
import sys
from pathlib import Path
from core.keys import FileKeyRing, Purpose
for _ in range(10):
    print(FileKeyRing(Path(sys.argv[1])).rotate(Purpose.PAYLOADS).id)
"""


@pytest.fixture
def ring(tmp_path: Path) -> FileKeyRing:
    return FileKeyRing.create(tmp_path / "keys.json")


def test_a_new_ring_has_one_current_key_for_each_purpose(ring: FileKeyRing) -> None:
    assert [(key.purpose, key.state) for key in ring.all()] == [(purpose, State.CURRENT) for purpose in Purpose]
    assert all(len(key.secret) == 32 for key in ring.all())
    assert len({key.secret for key in ring.all()}) == len(Purpose)


def test_making_a_ring_that_is_there_keeps_its_keys_and_adds_what_it_lacks(ring: FileKeyRing, tmp_path: Path) -> None:
    kept = [key for key in ring.all() if key.purpose is not Purpose.SEALS]
    ring.write(kept)
    again = FileKeyRing.create(tmp_path / "keys.json").all()
    assert again[:-1] == kept
    assert again[-1].purpose is Purpose.SEALS


def test_a_key_lives_as_current_then_old_then_erased(ring: FileKeyRing) -> None:
    first = ring.current(Purpose.TOKENS)
    second = ring.rotate(Purpose.TOKENS)
    assert ring.current(Purpose.TOKENS) == second
    assert (ring.find(first.id).secret, ring.find(first.id).state) == (first.secret, State.OLD)
    ring.erase(first.id)
    with pytest.raises(KeyErased):
        ring.find(first.id)
    with pytest.raises(KeyErased):
        ring.erase(first.id)
    assert [(key.state, key.secret) for key in ring.all() if key.id == first.id] == [(State.ERASED, b"")]
    with pytest.raises(ValueError, match="rotate first"):
        ring.erase(second.id)
    with pytest.raises(UnknownKey):
        ring.erase("tokens-00000000")


def test_a_rotation_takes_the_key_it_is_given(ring: FileKeyRing) -> None:
    fresh = new_key(Purpose.PEOPLE)
    assert ring.rotate(Purpose.PEOPLE, fresh) == fresh == ring.current(Purpose.PEOPLE)


def test_only_its_owner_reads_the_file(ring: FileKeyRing, tmp_path: Path) -> None:
    ring.rotate(Purpose.INDEX)
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["keys.json", "keys.json.lock"]


def test_a_key_never_shows_its_secret(ring: FileKeyRing) -> None:
    for key in ring.all():
        assert repr(key) == f"Key({key.id}, current)"


def test_a_key_that_arrived_within_the_same_instant_is_found(ring: FileKeyRing, tmp_path: Path) -> None:
    """Even where the file looks as it did: same size, same time, same place."""
    path = tmp_path / "keys.json"
    before, seen = ring.current(Purpose.PAYLOADS), path.stat()
    text = path.read_text()
    with path.open("r+") as file:
        file.write(text.replace(before.id, "payloads-0badcafe"))
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert ring.find("payloads-0badcafe").secret == before.secret


def test_rotations_by_several_processes_at_once_lose_no_key(ring: FileKeyRing, tmp_path: Path) -> None:
    command = [sys.executable, "-c", TURN, str(tmp_path / "keys.json")]
    turning = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    made = [line for process in turning for line in process.communicate(timeout=60)[0].split()]
    assert len(made) == 30
    found = [key for key in ring.all() if key.purpose is Purpose.PAYLOADS]
    assert {key.id for key in found} > set(made)
    assert [key.state for key in found].count(State.CURRENT) == 1


def test_a_ring_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnknownKey, match=str(tmp_path / "nowhere.json")):
        open_key_ring(tmp_path / "nowhere.json")
