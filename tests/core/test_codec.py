"""What Temporal stores is sealed; what was stored before, under other keys or under erased ones, still reads."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.converter import SerializationContext, WithSerializationContext
from temporalio.exceptions import ApplicationError

from core.codec import SEALED, Erased, RawPayload, SealingCodec, ValueErased, keys_named_in, read_out
from core.keys import FileKeyRing, Purpose, UnknownKey
from core.sealing import Tampered
from core.temporal import UNSEALED, data_converter
from models.types import Money
from tests.support.keys import key_ring
from workers.sandbox import RUNNER, runner_for
from workflows.checkout.messages import CheckoutInput, CheckoutResult, PlacedCheckout, Timeline

WORD = "Aristophanes"


class Note(BaseModel):
    text: str


@pytest.fixture
def ring(tmp_path: Path) -> FileKeyRing:
    return FileKeyRing.create(tmp_path / "keys.json")


def payloads() -> st.SearchStrategy[Payload]:
    metadata = st.dictionaries(st.text(max_size=8), st.binary(max_size=20), max_size=4)
    plain = metadata.filter(lambda fields: fields.get("encoding") != SEALED)
    return st.builds(lambda fields, data: Payload(metadata=fields, data=data), plain, st.binary(max_size=200))


async def sealed(ring: FileKeyRing, value: Any) -> Payload:
    [payload] = await data_converter(ring).encode([value])
    return payload


@given(st.lists(payloads(), max_size=4))
async def test_whatever_is_sealed_opens_to_what_it_was(content: list[Payload]) -> None:
    codec = SealingCodec(key_ring())
    hidden = await codec.encode(content)
    assert [payload.metadata["encoding"] for payload in hidden] == [SEALED] * len(content)
    assert await codec.decode(hidden) == content
    assert await codec.decode(content) == content, "plain payloads of running processes are passed through"


@given(st.binary(min_size=6, max_size=60))
async def test_nothing_of_the_content_stands_in_clear(content: bytes) -> None:
    [hidden] = await SealingCodec(key_ring()).encode([Payload(metadata={"encoding": b"binary/plain"}, data=content)])
    assert content not in hidden.data
    assert b"binary/plain" not in hidden.SerializeToString(), "not even what kind of content it is"


async def test_the_same_value_never_looks_the_same_twice(ring: FileKeyRing) -> None:
    assert (await sealed(ring, WORD)).data != (await sealed(ring, WORD)).data


async def test_after_a_rotation_old_payloads_open_and_new_ones_name_the_new_key(ring: FileKeyRing) -> None:
    before = await sealed(ring, WORD)
    fresh = ring.rotate(Purpose.PAYLOADS)
    after = await sealed(ring, WORD)
    assert keys_named_in(after.SerializeToString()) == {fresh.id} != keys_named_in(before.SerializeToString())
    assert await data_converter(ring).decode([before, after]) == [WORD, WORD]


async def test_a_rotation_by_another_process_is_seen_at_once(ring: FileKeyRing, tmp_path: Path) -> None:
    converter = data_converter(ring)
    await converter.encode([WORD])
    elsewhere = FileKeyRing(tmp_path / "keys.json")
    fresh = elsewhere.rotate(Purpose.PAYLOADS)
    [payload] = await converter.encode([WORD])
    assert keys_named_in(payload.SerializeToString()) == {fresh.id}


async def test_a_key_that_has_not_arrived_yet_is_an_error_that_is_tried_again(ring: FileKeyRing) -> None:
    payload = await sealed(key_ring(), WORD)
    with pytest.raises(UnknownKey) as unknown:
        await data_converter(ring).decode([payload])
    assert WORD not in str(unknown.value)


TYPES = [None, str, int, dict, bytes, datetime, Money, Note, CheckoutInput, PlacedCheckout, CheckoutResult, Timeline]


@pytest.mark.parametrize("hoped_for", TYPES)
async def test_an_erased_value_reads_as_any_type_and_is_none(ring: FileKeyRing, hoped_for: Any) -> None:
    [key] = [key for key in ring.all() if key.purpose is Purpose.PAYLOADS]
    payload = await sealed(ring, {"who": WORD})
    ring.rotate(Purpose.PAYLOADS)
    ring.erase(key.id)
    [value] = await data_converter(ring).decode([payload], [hoped_for] if hoped_for else None)
    assert value == Erased(key.id)
    assert not value
    assert key.id in str(value)
    with pytest.raises(ValueErased, match=f"{key.id} that sealed this exists no longer"):
        value.cart_id  # noqa: B018 - a workflow that looks into it


async def test_an_erased_value_that_is_sent_on_stays_erased(ring: FileKeyRing) -> None:
    payload = await sealed(ring, Erased("payloads-00000000"))
    assert await data_converter(ring).decode([payload], [CheckoutInput]) == [Erased("payloads-00000000")]


async def test_a_failure_is_sealed_with_its_message_its_details_and_its_trace(ring: FileKeyRing) -> None:
    failure = Failure()
    try:
        raise ApplicationError(f"{WORD} has no stock", {"for": WORD}, type="out_of_stock") from ValueError(WORD)
    except ApplicationError as error:
        await data_converter(ring).encode_failure(error, failure)
    recorded = failure.SerializeToString()
    assert WORD.encode() not in recorded
    assert b"test_codec" not in recorded, "the trace"
    assert b"out_of_stock" in recorded, "processes decide by the type, which stays in clear"
    read = Failure.FromString(recorded)
    again = await data_converter(ring).decode_failure(read)
    assert isinstance(again, ApplicationError)
    assert (again.message, again.details) == (f"{WORD} has no stock", ({"for": WORD},))


async def test_a_failure_whose_key_is_erased_is_still_a_failure(ring: FileKeyRing) -> None:
    failure = Failure()
    await data_converter(ring).encode_failure(ApplicationError("no", {"for": WORD}, type="out_of_stock"), failure)
    [old] = keys_named_in(failure.SerializeToString())
    ring.rotate(Purpose.PAYLOADS)
    ring.erase(old)
    again = await data_converter(ring).decode_failure(failure)
    assert isinstance(again, ApplicationError)
    assert (again.type, again.details) == ("out_of_stock", (Erased(old),))


def changed(payload: Payload, **fields: bytes) -> Payload:
    copy = Payload.FromString(payload.SerializeToString())
    for name, value in fields.items():
        copy.metadata[name.replace("_", "-")] = value
    return copy


async def tampered_with(ring: FileKeyRing) -> Iterator[Payload]:
    original = await sealed(ring, WORD)
    other = ring.rotate(Purpose.PAYLOADS)
    flipped = bytearray(original.data)
    flipped[-1] ^= 1
    return iter(
        [
            Payload(metadata=original.metadata, data=bytes(flipped)),
            Payload(metadata=original.metadata, data=original.data[:20]),
            Payload(metadata=original.metadata, data=b""),
            changed(original, encryption_key_id=other.id.encode()),
            changed(original, encryption_key_id=ring.current(Purpose.TOKENS).id.encode()),
            changed(original, encryption_version=b"2"),
        ]
    )


async def test_a_payload_that_was_changed_is_refused_without_a_word_of_it(ring: FileKeyRing) -> None:
    for payload in await tampered_with(ring):
        with pytest.raises(Tampered) as refused:
            await data_converter(ring).decode([payload])
        assert WORD not in str(refused.value)


async def test_a_key_of_another_purpose_is_never_used_to_open(ring: FileKeyRing) -> None:
    """Even for what somebody sealed with it the very same way."""
    payload_key, tokens = ring.current(Purpose.PAYLOADS), ring.current(Purpose.TOKENS)
    ring.write([replace(payload_key, id=tokens.id, secret=tokens.secret)])
    payload = await sealed(ring, WORD)
    ring.write([payload_key, tokens])
    with pytest.raises(Tampered):
        await data_converter(ring).decode([payload])


async def test_people_read_an_erased_payload_in_words(ring: FileKeyRing) -> None:
    gone = await sealed(ring, WORD)
    [old] = keys_named_in(gone.SerializeToString())
    ring.rotate(Purpose.PAYLOADS)
    there = await sealed(ring, WORD)
    ring.erase(old)
    raw = [RawPayload(dict(payload.metadata), payload.data) for payload in (gone, there)]
    words, content = await read_out(ring, raw)
    assert words.metadata == {"encoding": b"json/plain"}
    assert old in json.loads(words.data)
    assert json.loads(content.data) == WORD


class Particular(SealingCodec, WithSerializationContext):
    """One that would seal each process differently."""

    def with_context(self, context: SerializationContext) -> "Particular":
        return Particular(self._keys)


def test_our_codec_asks_for_no_context_so_the_workers_short_cut_holds() -> None:
    assert runner_for(data_converter(key_ring())) is RUNNER
    assert runner_for(UNSEALED) is RUNNER
    assert runner_for(replace(UNSEALED, payload_codec=Particular(key_ring()))) is not RUNNER
