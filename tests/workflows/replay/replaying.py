"""Replays recorded histories against workflow classes, and says what to do when one does not fit any more."""

import base64
import binascii
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHistory
from temporalio.converter import DataConverter
from temporalio.worker import Replayer, WorkflowRunner

from core.temporal import UNSEALED
from workers.sandbox import RUNNER

WORKFLOWS = Path(__file__).parent.parent

TEACHING = """
{process}: this code decides otherwise than the runs that are open now have decided ({story}).

Such a run would stop at its next step, for every buyer and artisan who is in it. Let old runs go on as they began, and
let new ones take the new way:

    # beside the policy constants, dated, never used for anything else
    SAY_WHAT_CHANGES = "{process}-say-what-changes-2026-11-22"

    if workflow.patched(SAY_WHAT_CHANGES):
        ...  # the new way
    else:
        ...  # the old way, as it was

Then record a history of the new way under a name of its own, and keep this one:

    python -m tests.workflows.replay.record {process} NEW-STORY

When no run from before that date is open any more, replace the `if` by `workflow.deprecate_patch(...)`, and delete
both with the release after. If nothing has been released since this history was recorded, record it again instead.

What the replay said:
{reason}
"""


@dataclass(frozen=True)
class Recorded:
    """One history file."""

    file: Path

    @property
    def process(self) -> str:
        return self.file.parent.parent.name

    @property
    def name(self) -> str:
        return f"{self.process}/{self.file.stem}"

    @property
    def content(self) -> dict[str, Any]:
        kept: dict[str, Any] = json.loads(self.file.read_text())
        return kept

    def history(self) -> WorkflowHistory:
        kept = self.content
        return WorkflowHistory.from_json(kept.pop("workflowId"), kept)

    def text(self) -> str:
        """The file with its payloads decoded."""
        return "\n".join(_texts(self.content))

    def result(self) -> Any:
        """What the workflow returned, as JSON."""
        closed = self.content["events"][-1]["workflowExecutionCompletedEventAttributes"]
        return json.loads(base64.b64decode(closed["result"]["payloads"][0]["data"]))


def recorded(process: str = "*") -> list[Recorded]:
    return [Recorded(file) for file in sorted(WORKFLOWS.glob(f"{process}/histories/*.json"))]


async def replay(
    history: Recorded,
    workflows: Sequence[type],
    runner: WorkflowRunner = RUNNER,
    converter: DataConverter = UNSEALED,
) -> None:
    """Raises `AssertionError` with the way out when the code does not fit what was recorded."""
    replayer = Replayer(workflows=workflows, data_converter=converter, workflow_runner=runner)
    result = await replayer.replay_workflow(history.history(), raise_on_replay_failure=False)
    if result.replay_failure is not None:
        raise AssertionError(
            TEACHING.format(process=history.process, story=history.name, reason=result.replay_failure)
        ) from result.replay_failure


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield key
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
    elif isinstance(value, str):
        yield value
        try:
            yield base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return
