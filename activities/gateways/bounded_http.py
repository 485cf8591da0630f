"""A transport for servers that we don't control: it hangs up on an answer that is too large, and takes none packed.

Owns the size of answers; time limits and what an answer means are its users'.
"""

import ssl
from collections.abc import AsyncIterator

import httpx

LARGEST = 256 * 1024


class TooMuch(httpx.TransportError):
    """The other side sends more than anybody needs, or packed so that its size can't be known."""


class _Bounded(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream, largest: int) -> None:
        self._stream = stream
        self._largest = largest

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._stream:
            size += len(chunk)
            if size > self._largest:
                raise TooMuch(f"more than {self._largest} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


class BoundedTransport(httpx.AsyncBaseTransport):
    """One pool of connections, which several clients may share; `aclose` ends them all."""

    def __init__(self, largest: int = LARGEST, *, tls: ssl.SSLContext | None = None) -> None:
        self._inner = httpx.AsyncHTTPTransport(
            verify=tls or True, trust_env=False, limits=httpx.Limits(max_connections=20, max_keepalive_connections=5)
        )
        self._largest = largest

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.headers["Accept-Encoding"] = "identity"
        response = await self._inner.handle_async_request(request)
        if response.headers.get("content-encoding", "identity") != "identity":
            await response.aclose()
            raise TooMuch("a packed answer was not asked for")
        assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - what the asynchronous transport makes
        return httpx.Response(
            response.status_code,
            headers=response.headers,
            stream=_Bounded(response.stream, self._largest),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        await self._inner.aclose()
