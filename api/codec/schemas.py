"""Temporal's codec protocol: payloads as protobuf writes them in JSON, bytes in base64."""

from typing import Annotated

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field

from core.codec import RawPayload

MOST = 1_000
"""Payloads in one request. Temporal's pages send those of one event at a time: rarely more than five."""


class PayloadJson(BaseModel):
    model_config = ConfigDict(extra="forbid")

    metadata: Annotated[dict[str, Base64Bytes], Field(max_length=20)] = {}
    data: Base64Bytes = b""

    def raw(self) -> RawPayload:
        return RawPayload(self.metadata, self.data)


class PayloadsJson(BaseModel):
    """`payloads` in the order in which they were sent."""

    model_config = ConfigDict(extra="forbid")

    payloads: Annotated[list[PayloadJson], Field(max_length=MOST)]
