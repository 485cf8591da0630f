"""The workflow sandbox as our workers run it: what it lets through, and what it is not asked.

Owns no policy of a pool; which workflows run in it stands in `pools`.
"""

from dataclasses import dataclass
from typing import Any

from temporalio.converter import DataConverter, StorageDriverStoreContext, WorkflowSerializationContext
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import Info

# Our own modules are imported once for the process instead of once for each workflow: they are deterministic by the
# import contracts, and re-importing them costs several milliseconds a run. Restricted calls stay forbidden.
_RESTRICTIONS = SandboxRestrictions.default.with_passthrough_modules(
    "core", "models", "activities", "workflows", "sqlalchemy", "psycopg", "structlog"
)


@dataclass(frozen=True)
class _ContextFreeRunner(SandboxedWorkflowRunner):
    """Does not ask each workflow, six times a payload, which command the payload belongs to. Only a codec that seals
    each process differently or an external store would want to know, and every question enters the sandbox: a tenth
    of what a worker did."""

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        return _ContextFree(super().create_instance(det))


class _ContextFree(WorkflowInstance):
    def __init__(self, sandboxed: WorkflowInstance) -> None:
        self._sandboxed = sandboxed

    def activate(self, act: Any) -> Any:
        return self._sandboxed.activate(act)

    def get_serialization_context(self, command_info: Any) -> None:
        return None

    def get_external_store_context(self, command_info: Any) -> StorageDriverStoreContext:
        return StorageDriverStoreContext()

    def get_info(self) -> Info:
        return self._sandboxed.get_info()

    def get_thread_id(self) -> int | None:
        return self._sandboxed.get_thread_id()


RUNNER = _ContextFreeRunner(restrictions=_RESTRICTIONS)
"""For workers whose converter does the same in every context; see `runner_for`."""
_SOMEWHERE = WorkflowSerializationContext(namespace="somewhere", workflow_id="some-process")


def runner_for(converter: DataConverter) -> SandboxedWorkflowRunner:
    """Our codec asks for no context and neither do our converters, so the short cut holds; a converter that did ask,
    or kept payloads elsewhere, would get the SDK's own way."""
    if converter.external_storage is None and converter.with_context(_SOMEWHERE) is converter:
        return RUNNER
    return SandboxedWorkflowRunner(restrictions=_RESTRICTIONS)
