"""Makes a Temporal namespace fit for the product: it exists, keeps closed runs, knows the search attributes.

Safe to run at every start and on every kind of server. The attributes themselves are `workflows.search_attributes`'.
"""

import asyncio
from collections.abc import Iterable
from datetime import timedelta

from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    RegisterNamespaceRequest,
    UpdateNamespaceRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode, TLSConfig

from workflows.search_attributes import REGISTRY

RETENTION = timedelta(days=30)
"""How long a closed run can be looked at in Temporal; afterwards SQL answers alone."""

_PATIENCE = timedelta(seconds=60)


async def ensure(address: str, namespace: str, tls: TLSConfig | None = None) -> None:
    """Creates or completes the namespace; waits for a server that is starting, then raises its `RPCError`."""
    deadline = asyncio.get_running_loop().time() + _PATIENCE.total_seconds()
    while True:
        try:
            client = await Client.connect(address, namespace=namespace, tls=tls or False)
            await _ensure_retention(client)
            if missing := await missing_attributes(client):
                await register_attributes(client, missing)
        except (RPCError, RuntimeError):
            # Also while a namespace that was just made is not yet known to every part of a cluster.
            if asyncio.get_running_loop().time() > deadline:
                raise
            await asyncio.sleep(0.5)
        else:
            return


async def retention(client: Client) -> timedelta:
    """What the client's namespace has now."""
    described = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
    return described.config.workflow_execution_retention_ttl.ToTimedelta()


async def missing_attributes(client: Client) -> list[str]:
    """The registry's names that the server does not know, in the registry's order."""
    listed = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    return [name for name in REGISTRY if name not in listed.custom_attributes]


async def register_attributes(client: Client, names: Iterable[str] = REGISTRY) -> None:
    """Registers these names of the registry; a server that knows one of them already refuses.

    An attribute that is not registered would fail the workflow task that sets it, for ever.
    """
    types = {name: _protocol_type(REGISTRY[name]) for name in names}
    await client.operator_service.add_search_attributes(
        AddSearchAttributesRequest(namespace=client.namespace, search_attributes=types)
    )


async def _ensure_retention(client: Client) -> None:
    wanted = Duration()
    wanted.FromTimedelta(RETENTION)
    try:
        if await retention(client) >= RETENTION:
            return
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        await client.workflow_service.register_namespace(
            RegisterNamespaceRequest(namespace=client.namespace, workflow_execution_retention_period=wanted)
        )
        return
    await client.workflow_service.update_namespace(
        UpdateNamespaceRequest(
            namespace=client.namespace, config=NamespaceConfig(workflow_execution_retention_ttl=wanted)
        )
    )


def _protocol_type(kind: str) -> IndexedValueType.ValueType:
    """`KeywordList` as the protocol spells it: `INDEXED_VALUE_TYPE_KEYWORD_LIST`."""
    words = "".join(f"_{letter}" if letter.isupper() else letter for letter in kind)
    return IndexedValueType.Value(f"INDEXED_VALUE_TYPE{words.upper()}")
