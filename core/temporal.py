"""The one way to connect to Temporal: converter, sealing and failure encoding are the same in every process."""

from dataclasses import replace
from typing import Any

from temporalio.client import (
    Client,
    FetchWorkflowHistoryEventsInput,
    Interceptor,
    OutboundInterceptor,
    QueryWorkflowInput,
    WorkflowHistoryEventFilterType,
    WorkflowQueryFailedError,
)
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import CompositePayloadConverter, DataConverter, DefaultFailureConverterWithEncodedAttributes
from temporalio.service import GrpcCompression, TLSConfig

from core.codec import Erased, ErasedConverter, SealingCodec, keys_named_in
from core.keys import KeyRing, State, open_key_ring
from core.settings import Settings

_SHARED = (ErasedConverter(), *PydanticPayloadConverter().converters.values())


class PayloadConverter(CompositePayloadConverter):
    """Pydantic's, with one cache of compiled types for the process. The SDK makes a converter for each workflow and
    each of its tasks, and every one of them would compile our messages anew."""

    def __init__(self) -> None:
        super().__init__(*_SHARED)


UNSEALED = DataConverter(
    payload_converter_class=PayloadConverter,
    # Messages and stack traces of failures travel as payloads, so that the codec covers them too.
    failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
)
"""Converts as the product does and seals nothing: for histories that are stored open, to be read and replayed. No
process of the product uses it."""


def data_converter(keys: KeyRing) -> DataConverter:
    """What every client and worker converts with."""
    return replace(UNSEALED, payload_codec=SealingCodec(keys))


class ErasedHistories(Interceptor):
    """A question to a process can only be answered by replaying its history. Where a key of that history is erased,
    the answer is `Erased` instead of the failure of the replay."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002 - the SDK's name
        return _AnswersForErased(super().intercept_client(next), self._keys)


class _AnswersForErased(OutboundInterceptor):
    def __init__(self, following: OutboundInterceptor, keys: KeyRing) -> None:
        super().__init__(following)
        self._keys = keys

    async def query_workflow(self, input: QueryWorkflowInput) -> Any:  # noqa: A002 - the SDK's name
        try:
            return await super().query_workflow(input)
        except WorkflowQueryFailedError:
            erased = await self._erased_key(input.id, input.run_id)
            if erased is None:
                raise
            return Erased(erased)

    async def _erased_key(self, workflow_id: str, run_id: str | None) -> str | None:
        """The first key that the history needs and nobody has any more."""
        history = self.next.fetch_workflow_history_events(
            FetchWorkflowHistoryEventsInput(
                id=workflow_id,
                run_id=run_id,
                page_size=None,
                next_page_token=None,
                wait_new_event=False,
                event_filter_type=WorkflowHistoryEventFilterType.ALL_EVENT,
                skip_archival=False,
                rpc_metadata={},
                rpc_timeout=None,
            )
        )
        erased = {key.id for key in self._keys.all() if key.state is State.ERASED}
        async for event in history:
            if gone := keys_named_in(event.SerializeToString()) & erased:
                return min(gone)
        return None


def tls_of(settings: Settings) -> TLSConfig | None:
    """None speaks plainly, as to the embedded server. The files are read now: a renewed one counts after a restart."""
    if settings.temporal_ca_file is None:
        return None
    cert, key = settings.temporal_cert_file, settings.temporal_key_file
    return TLSConfig(
        server_root_ca_cert=settings.temporal_ca_file.read_bytes(),
        domain=settings.temporal_server_name or None,
        client_cert=cert.read_bytes() if cert else None,
        client_private_key=key.read_bytes() if key else None,
    )


async def connect(settings: Settings, *, lazy: bool = False) -> Client:
    """A client for the configured server, namespace and key ring; `lazy` connects with the first call."""
    keys = open_key_ring(settings.keys_path)
    return await connect_with(
        keys, settings.temporal_address, settings.temporal_namespace, lazy=lazy, tls=tls_of(settings)
    )


async def connect_with(
    keys: KeyRing, address: str, namespace: str, *, lazy: bool = False, tls: TLSConfig | None = None
) -> Client:
    """The same, for who has the ring in hand."""
    return await Client.connect(
        address,
        namespace=namespace,
        data_converter=data_converter(keys),
        interceptors=[ErasedHistories(keys)],
        # Our messages are a few hundred bytes of ids: squeezing them costs both ends more than sending them.
        grpc_compression=GrpcCompression.NONE,
        lazy=lazy,
        tls=tls or False,
    )
