"""A history as the server holds it, sealed under a key that is for tests only, is replayed like an open one."""

import json
from pathlib import Path

import pytest
from temporalio.worker import UnsandboxedWorkflowRunner

from core.keys import FileKeyRing, Purpose
from core.temporal import data_converter
from tests.workflows.replay.record import SEALED, TEST_ONLY_KEYS
from tests.workflows.replay.replaying import Recorded, recorded, replay
from workflows.checkout.workflow import CheckoutWorkflow
from workflows.registry import WORKFLOWS

[HISTORY] = [Recorded(file) for file in sorted(SEALED.glob("checkout-*.json"))]
PLAIN = next(history for history in recorded("checkout") if history.file.stem == "held-and-approved")
WORDS = ("cart_id", "pay_within", "usr_admin", "payment_id")


async def test_a_sealed_history_fits_the_code() -> None:
    await replay(HISTORY, WORKFLOWS, converter=data_converter(FileKeyRing(TEST_ONLY_KEYS)))


@pytest.mark.parametrize("word", WORDS)
def test_it_tells_nothing_that_the_open_one_tells(word: str) -> None:
    assert word in PLAIN.text()
    assert word not in HISTORY.text()


def test_the_key_is_marked_as_what_it_is() -> None:
    [key] = FileKeyRing(TEST_ONLY_KEYS).all()
    assert key.purpose is Purpose.PAYLOADS
    assert TEST_ONLY_KEYS.name.startswith("TEST-ONLY")
    assert json.dumps(HISTORY.content).count(key.id) == 0, "it stands in base64, like all metadata"
    assert key.id in HISTORY.text()


async def test_without_its_key_a_history_is_not_guessed_at(tmp_path: Path) -> None:
    strangers = FileKeyRing.create(tmp_path / "keys.json")
    with pytest.raises(AssertionError, match="UnknownKey"):
        await replay(HISTORY, [CheckoutWorkflow], UnsandboxedWorkflowRunner(), data_converter(strangers))


async def test_with_its_key_erased_a_process_stops_and_says_why(tmp_path: Path) -> None:
    """It must not go on with what it does not know any more."""
    ring = FileKeyRing(tmp_path / "keys.json")
    ring.write(FileKeyRing(TEST_ONLY_KEYS).all())
    [key] = ring.all()
    ring.rotate(Purpose.PAYLOADS)
    ring.erase(key.id)
    with pytest.raises(AssertionError, match="ValueErased"):
        await replay(HISTORY, [CheckoutWorkflow], UnsandboxedWorkflowRunner(), data_converter(ring))
