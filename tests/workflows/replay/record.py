"""Records histories for the replay tests: `python -m tests.workflows.replay.record checkout [STORY ...]`.

Takes the stories of `tests/workflows/<process>/stories.py` (a mapping `STORIES` of name → anything, and a coroutine
`play(environment, name)` that answers the handle of the closed run), plays each on a dev server of its own, and writes
`histories/<story>.json` beside it. A recorded history is what running processes look like: once a version has been
released, record new stories under new names and leave the old files alone.

Histories are stored open, so that people and tests can read them. With `--sealed` they are as the product's server
holds them, under the key in `TEST-ONLY-keys.json`, and go to `replay/sealed/`.
"""

import asyncio
import importlib
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from temporalio.api.failure.v1 import Failure
from temporalio.api.history.v1 import History
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from core.keys import FileKeyRing
from core.temporal import UNSEALED, data_converter
from deploy import namespace as namespaces
from deploy.embedded import temporal
from tests.support.stack import free_port

WORKFLOWS = Path(__file__).parent.parent
SEALED = Path(__file__).parent / "sealed"
TEST_ONLY_KEYS = SEALED / "TEST-ONLY-keys.json"
"""Seals nothing but the histories beside it; it is public."""
RECORDER = "recorder"
"""Identity of client and workers, which would otherwise name the machine."""


def messages_in(message: Message) -> Iterator[Message]:
    """The message and everything in it."""
    yield message
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if field.message_type.GetOptions().map_entry:
            parts = [part for part in value.values() if isinstance(part, Message)]
        else:
            parts = list(value) if field.is_repeated else [value]
        for part in parts:
            yield from messages_in(part)


def without_machine(history: History) -> History:
    """Takes out stack traces, which hold paths, and who recorded it."""
    for message in messages_in(history):
        if isinstance(message, Failure):
            message.stack_trace = ""
            if message.encoded_attributes.metadata.get("encoding") == b"json/plain":
                said = json.loads(message.encoded_attributes.data)
                message.encoded_attributes.data = json.dumps({**said, "stack_trace": ""}).encode()
        if "identity" in message.DESCRIPTOR.fields_by_name:
            message.identity = RECORDER  # type: ignore[attr-defined] # the line above has looked
    return history


async def record(address: str, process: str, names: Sequence[str], *, sealed: bool = False) -> None:
    stories = importlib.import_module(f"tests.workflows.{process}.stories")
    await namespaces.ensure(address, temporal.NAMESPACE)
    converter = data_converter(FileKeyRing(TEST_ONLY_KEYS)) if sealed else UNSEALED
    client = await Client.connect(address, namespace=temporal.NAMESPACE, data_converter=converter, identity=RECORDER)
    environment = WorkflowEnvironment.from_client(client)
    for name in names or list(stories.STORIES):
        handle = await stories.play(environment, name)
        fetched = await handle.fetch_history()
        history = without_machine(History(events=fetched.events))
        folder = SEALED if sealed else WORKFLOWS / process / "histories"
        file = folder / (f"{process}-{name}.json" if sealed else f"{name}.json")
        file.parent.mkdir(exist_ok=True)
        kept = {"workflowId": handle.id, **MessageToDict(history)}
        file.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
        print(f"{process}: {name}, {len(fetched.events)} events")  # noqa: T201 - run by hand, tells what it has written


def main(process: str, names: Sequence[str]) -> None:
    port = free_port()
    server = subprocess.Popen(temporal.argv(port=port, ui_port=None, database=None))
    try:
        stories = [name for name in names if name != "--sealed"]
        asyncio.run(record(f"127.0.0.1:{port}", process, stories, sealed="--sealed" in names))
    finally:
        server.terminate()
        server.wait(20)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
