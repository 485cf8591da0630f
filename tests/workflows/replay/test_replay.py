"""What running processes have recorded still fits the code; a change that does not fit is told how to."""

import re
from datetime import timedelta

import pytest
from temporalio import workflow
from temporalio.worker import UnsandboxedWorkflowRunner

from models.types import CheckoutStatus
from tests.workflows.replay.replaying import Recorded, recorded, replay
from workflows.checkout.messages import WORKFLOW, CheckoutInput, CheckoutResult
from workflows.checkout.workflow import CheckoutWorkflow
from workflows.registry import WORKFLOWS

LATER = "checkout-breathes-first-2026-11-22"
MACHINE = re.compile(r"site-packages|\.py\b|/home/|/root|/Users/|/tmp/|[A-Z]:\\")


@pytest.mark.parametrize("history", recorded(), ids=lambda history: history.name)
async def test_what_was_recorded_still_fits_the_code(history: Recorded) -> None:
    await replay(history, WORKFLOWS)


@pytest.mark.parametrize("history", recorded(), ids=lambda history: history.name)
def test_a_recorded_history_knows_nothing_of_the_machine_that_recorded_it(history: Recorded) -> None:
    assert not MACHINE.search(history.text())


def test_every_way_a_checkout_can_end_is_recorded() -> None:
    ends = {CheckoutStatus(history.result()["status"]) for history in recorded("checkout")}
    assert ends == {status for status in CheckoutStatus if status.is_final}


@workflow.defn(name=WORKFLOW)
class ChangedCheckout(CheckoutWorkflow):
    """As it would be after a change that nobody thought through: it waits before it reserves."""

    @workflow.run
    async def run(self, start: CheckoutInput) -> CheckoutResult:
        await workflow.sleep(timedelta(seconds=1))
        return await super().run(start)


@workflow.defn(name=WORKFLOW)
class PatchedCheckout(CheckoutWorkflow):
    """The same change, made for new runs only."""

    @workflow.run
    async def run(self, start: CheckoutInput) -> CheckoutResult:
        if workflow.patched(LATER):
            await workflow.sleep(timedelta(seconds=1))
        return await super().run(start)


def paid() -> Recorded:
    return next(history for history in recorded("checkout") if history.file.stem == "paid")


async def test_an_incompatible_change_fails_and_teaches_patching() -> None:
    with pytest.raises(AssertionError) as failed:
        await replay(paid(), [ChangedCheckout], UnsandboxedWorkflowRunner())
    said = str(failed.value)
    for needed in ("checkout/paid", "workflow.patched(", "-2026-", "deprecate_patch", "replay.record checkout"):
        assert needed in said
    assert "ondeterminis" in said, "the replay's own words stand below"


async def test_the_same_change_behind_a_patch_fits_old_runs() -> None:
    await replay(paid(), [PatchedCheckout], UnsandboxedWorkflowRunner())
