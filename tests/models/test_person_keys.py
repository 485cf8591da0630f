"""What is sealed with a person's key opens as that person's own field and as nothing else; without the key, never."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.keys import FileKeyRing, Purpose, UnknownKey
from core.sealing import Tampered, blind_index, seal
from models.repositories.people import normalised
from models.repositories.person_keys import new_key, open_field, seal_field, unwrap
from tests.support.keys import key_ring

KEYS = st.binary(min_size=32, max_size=32)
PEOPLE = st.integers(0, 10**6).map("usr_{:026d}".format)
FIELDS = st.sampled_from(["email", "name"]) | st.integers(0, 10**6).map("address/adr_{:026d}".format)
TRICKY = st.sampled_from(
    [
        *("", " ", "\x00", "e\u0301", "\U0010ffff", "ß" * 200),
        "\U0001f469\u200d\U0001f3a8\U0001f3fa",  # a painter, joined of two, and a jar
        "مرحبا بالعالم",
        "\u200fעברית\u200e",  # with marks of direction
        "a\u200bb\u200cc\u200dd\ufeff",  # of no width
    ]
)
TEXTS = st.text() | TRICKY | st.lists(TRICKY | st.text(), min_size=2).map("".join)


@pytest.fixture
def ring(tmp_path: Path) -> Iterator[FileKeyRing]:
    yield FileKeyRing.create(tmp_path / "keys.json")


@given(KEYS, PEOPLE, FIELDS, TEXTS)
def test_whatever_is_sealed_opens_again(key: bytes, person: str, field: str, text: str) -> None:
    sealed = seal_field(key, person, field, text)
    assert open_field(key, person, field, sealed) == text
    assert sealed != seal_field(key, person, field, text)  # two who share a name don't look alike


@given(KEYS, st.text(min_size=8))
def test_nothing_of_it_shows(key: bytes, text: str) -> None:
    assert text.encode() not in seal_field(key, "usr_1", "name", text)


@given(KEYS, st.tuples(PEOPLE, FIELDS), st.tuples(PEOPLE, FIELDS), TEXTS)
def test_moved_to_another_person_field_or_row_it_stays_shut(
    key: bytes, home: tuple[str, str], elsewhere: tuple[str, str], text: str
) -> None:
    assume(home != elsewhere)
    with pytest.raises(Tampered):
        open_field(key, *elsewhere, seal_field(key, *home, text))


@given(KEYS, KEYS, TEXTS)
def test_somebody_elses_key_opens_nothing(key: bytes, other: bytes, text: str) -> None:
    assume(key != other)
    with pytest.raises(Tampered):
        open_field(other, "usr_1", "name", seal_field(key, "usr_1", "name", text))


@given(KEYS, TEXTS, st.data())
def test_a_changed_byte_is_noticed(key: bytes, text: str, data: st.DataObject) -> None:
    sealed = bytearray(seal_field(key, "usr_1", "name", text))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Tampered):
        open_field(key, "usr_1", "name", bytes(sealed))


class TestTheWrappedKey:
    def test_opens_for_its_person_alone(self, ring: FileKeyRing) -> None:
        key = new_key()
        wrapped = seal(ring, Purpose.PEOPLE, key, "person-key/usr_1")
        assert key not in wrapped
        assert unwrap(ring, "usr_1", wrapped) == key
        with pytest.raises(Tampered):
            unwrap(ring, "usr_2", wrapped)

    def test_is_gone_with_the_rings_key(self, ring: FileKeyRing) -> None:
        wrapped = seal(ring, Purpose.PEOPLE, new_key(), "person-key/usr_1")
        old = ring.current(Purpose.PEOPLE).id
        ring.rotate(Purpose.PEOPLE)
        assert unwrap(ring, "usr_1", wrapped) is not None
        ring.erase(old)
        assert unwrap(ring, "usr_1", wrapped) is None

    def test_of_a_ring_that_is_not_ours_is_a_fault_and_no_erasure(self, ring: FileKeyRing) -> None:
        foreign = seal(key_ring(), Purpose.PEOPLE, new_key(), "person-key/usr_1")
        with pytest.raises(UnknownKey):
            unwrap(ring, "usr_1", foreign)


@st.composite
def spelt_twice(draw: st.DrawFn) -> tuple[str, str]:
    """An address, and the same with other letters large."""
    local = draw(st.text("abcdefghijklmnopqrstuvwxyz0123456789.+-_éøñжλ", min_size=1, max_size=30))
    address = f"{local}@{draw(st.sampled_from(['example.com', 'bücher.example', 'POST.example']))}"
    large = draw(st.lists(st.booleans(), min_size=len(address), max_size=len(address)))
    return address, "".join(c.upper() if up else c.lower() for c, up in zip(address, large, strict=True))


@given(spelt_twice())
@settings(max_examples=200)
def test_an_address_is_found_whatever_its_case(addresses: tuple[str, str]) -> None:
    one, other = (blind_index(key_ring(), normalised(address)) for address in addresses)
    assert one == other


@given(st.emails(), st.emails())
def test_two_addresses_are_not_taken_for_one(one: str, other: str) -> None:
    assume(one.lower() != other.lower())
    assert blind_index(key_ring(), normalised(one)) != blind_index(key_ring(), normalised(other))


def test_the_index_tells_nothing_without_its_key(ring: FileKeyRing) -> None:
    assert blind_index(ring, "ada@example.com") != blind_index(key_ring(), "ada@example.com")
