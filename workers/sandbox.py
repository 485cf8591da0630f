"""The workflow sandbox as our workers run it: what it lets through, and what it is not asked.

Owns no policy of a pool; which workflows run in it stands in `pools`.
"""

from dataclasses import dataclass
from typing import Any

from temporalio.converter import StorageDriverStoreContext
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import Info

from core.temporal import DATA_CONVERTER

# Our own modules are imported once for the process instead of once for each workflow: they are deterministic by the
# import contracts, and re-importing them costs several milliseconds a run. Restricted calls stay forbidden.
_RESTRICTIONS = SandboxRestrictions.default.with_passthrough_modules(
    "core", "models", "activities", "workflows", "sqlalchemy", "psycopg", "structlog"
)


@dataclass(frozen=True)
class _ContextFreeRunner(SandboxedWorkflowRunner):
    """Does not ask each workflow, six times a payload, which command the payload belongs to. Only a codec or an
    external store would want to know, and every question enters the sandbox: a tenth of what a worker did."""

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


def _runner() -> SandboxedWorkflowRunner:
    plain = DATA_CONVERTER.payload_codec is None and DATA_CONVERTER.external_storage is None
    return (_ContextFreeRunner if plain else SandboxedWorkflowRunner)(restrictions=_RESTRICTIONS)


RUNNER = _runner()
