"""POSTs to one receiver over kept connections, and nothing more than that.

Webhooks are most of what the sandbox does under load, next to the very servers being measured: a general HTTP client
would cost more here than all partners together. Parsing is httptools', as in the server.
"""

import asyncio
import ssl
from pathlib import Path
from typing import cast
from urllib.parse import SplitResult, urlsplit

import httptools

TIMEOUT = 10.0
_IDLE_KEPT = 16


class _Connection(asyncio.Protocol):
    """One answer at a time."""

    def __init__(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._answer: asyncio.Future[int] | None = None
        self._transport: asyncio.Transport | None = None
        self.reusable = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have the methods of asyncio's without being of its class.
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(ConnectionError(f"an answer that is no HTTP: {type(error).__name__}"))

    def on_message_complete(self) -> None:
        self.reusable = self.reusable and self._parser.should_keep_alive()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(self._parser.get_status_code())

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(exc or ConnectionResetError("the connection was closed"))

    def _fail(self, error: Exception) -> None:
        self.reusable = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)

    async def send(self, request: bytes) -> int:
        if self._transport is None or self._transport.is_closing():
            raise ConnectionResetError("the connection was closed")
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        self.reusable = False
        if self._transport is not None:
            self._transport.abort()


class Poster:
    """Keeps idle connections per receiver; `close` drops them."""

    def __init__(self, ca_file: Path | None = None) -> None:
        self._ca_file = ca_file
        self._secure: ssl.SSLContext | None = None
        self._idle: dict[tuple[str, str], list[_Connection]] = {}

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> int:
        """The answer's status. Raises `OSError` or `TimeoutError` when there is none."""
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if parts.hostname is None:
            raise ValueError(f"{url} is no address")
        lines = [f"POST {target} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        request = ("\r\n".join(lines) + "\r\n\r\n").encode() + body
        async with asyncio.timeout(TIMEOUT):
            while (kept := self._take(parts)) is not None:
                try:
                    return await self._through(kept, parts, request)
                except OSError:
                    # The receiver closed it while it was idle, or died: a new connection will tell.
                    continue
            return await self._through(await self._connect(parts), parts, request)

    async def _through(self, connection: _Connection, parts: SplitResult, request: bytes) -> int:
        try:
            status = await connection.send(request)
        except BaseException:
            connection.close()
            raise
        idle = self._idle.setdefault((parts.scheme, parts.netloc), [])
        if connection.reusable and len(idle) < _IDLE_KEPT:
            idle.append(connection)
        else:
            connection.close()
        return status

    def _take(self, parts: SplitResult) -> _Connection | None:
        idle = self._idle.get((parts.scheme, parts.netloc), [])
        while idle:
            connection = idle.pop()
            if connection.reusable:
                return connection
        return None

    async def _connect(self, parts: SplitResult) -> _Connection:
        secure = parts.scheme == "https"
        port = parts.port or (443 if secure else 80)
        if secure and self._secure is None:
            self._secure = ssl.create_default_context(cafile=self._ca_file)
        context = self._secure if secure else None
        _, connection = await asyncio.get_running_loop().create_connection(
            _Connection, parts.hostname or "", port, ssl=context
        )
        return connection

    def close(self) -> None:
        for idle in self._idle.values():
            for connection in idle:
                connection.close()
        self._idle.clear()
