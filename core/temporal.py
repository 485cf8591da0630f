"""The one way to connect to Temporal: converter, failure encoding and identity are the same in every process."""

from temporalio.client import Client
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import CompositePayloadConverter, DataConverter, DefaultFailureConverterWithEncodedAttributes
from temporalio.service import GrpcCompression

from core.settings import Settings

_SHARED = tuple(PydanticPayloadConverter().converters.values())


class PayloadConverter(CompositePayloadConverter):
    """Pydantic's, with one cache of compiled types for the process. The SDK makes a converter for each workflow and
    each of its tasks, and every one of them would compile our messages anew."""

    def __init__(self) -> None:
        super().__init__(*_SHARED)


DATA_CONVERTER = DataConverter(
    payload_converter_class=PayloadConverter,
    # Messages and stack traces of failures travel as payloads, so that a codec will cover them too.
    failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
)


async def connect(settings: Settings, *, lazy: bool = False) -> Client:
    """A client for the configured server and namespace; `lazy` connects with the first call."""
    return await Client.connect(
        settings.temporal_address,
        namespace=settings.temporal_namespace,
        data_converter=DATA_CONVERTER,
        # Our messages are a few hundred bytes of ids: squeezing them costs both ends more than sending them.
        grpc_compression=GrpcCompression.NONE,
        lazy=lazy,
    )
