"""A keep-alive HTTP/1.1 client that costs next to nothing, so that the generator leaves the cores to the stack.

Loopback only. Knows just what our own servers send: `Content-Length` or chunked bodies, no redirects followed.
"""

import asyncio
import json
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

import httptools

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
ANSWER_WITHIN = 60.0


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class _Parsed:
    """What httptools reports while it reads one response."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.parts: list[bytes] = []
        self.done = False

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode().lower()] = value.decode()

    def on_body(self, body: bytes) -> None:
        self.parts.append(body)

    def on_message_complete(self) -> None:
        self.done = True


class Connection:
    """One connection; one request at a time."""

    def __init__(self, base: str) -> None:
        parts = urlsplit(base)
        if parts.hostname not in LOOPBACK:
            raise ValueError(f"load goes to this machine only, not to {parts.hostname}")
        self._host, self._port = "127.0.0.1", parts.port or 80
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        if self._writer is not None:
            self._writer.close()

    async def request(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """Raises `OSError` or `TimeoutError` when the server is away; the next request connects anew."""
        payload = b"" if body is None else json.dumps(body).encode()
        lines = [f"{method} {path} HTTP/1.1", f"Host: localhost:{self._port}", f"Content-Length: {len(payload)}"]
        if body is not None:
            lines.append("Content-Type: application/json")
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                return await self._exchange("\r\n".join(lines).encode() + b"\r\n\r\n" + payload)
        except (OSError, TimeoutError):
            if self._writer is not None:
                self._writer.close()
            self._reader = self._writer = None
            raise

    async def _exchange(self, request: bytes) -> Answer:
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        self._writer.write(request)
        parsed = _Parsed()
        parser = httptools.HttpResponseParser(parsed)
        while not parsed.done:
            data = await self._reader.read(65_536)
            if not data:
                raise ConnectionResetError("the server closed the connection")
            parser.feed_data(data)
        if not parser.should_keep_alive():
            self._writer.close()
            self._reader = self._writer = None
        return Answer(parser.get_status_code(), parsed.headers, b"".join(parsed.parts))
