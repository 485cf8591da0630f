"""The sandbox's own POST against servers that behave, close, die and babble."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from deploy.sandbox.post import Poster

OK = b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"


class Server:
    """Answers each request with the next of `answers`; an empty one hangs up instead."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self.requests: list[bytes] = []
        self.connections = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()
        try:
            yield f"http://{host}:{port}/hook?a=b"
        finally:
            server.close()
            await server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
                self.requests.append(head + await reader.readexactly(length))
                answer = self.answers.pop(0)
                writer.write(answer)
                await writer.drain()
                if not answer or b"close" in answer.lower():
                    break
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()


async def statuses(server: Server, times: int) -> list[int]:
    poster = Poster()
    try:
        async with server.running() as url:
            return [await poster.post(url, {"X-Test": "1"}, b"{}") for _ in range(times)]
    finally:
        poster.close()


async def test_a_connection_is_kept() -> None:
    server = Server(OK, b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", OK)

    assert await statuses(server, 3) == [204, 500, 204]
    assert server.connections == 1
    assert server.requests[0].startswith(b"POST /hook?a=b HTTP/1.1\r\nHost: 127.0.0.1:")
    assert server.requests[0].endswith(b"Content-Length: 2\r\nX-Test: 1\r\n\r\n{}")


async def test_a_receiver_may_close_after_each_answer() -> None:
    server = Server(*[OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")] * 2)

    assert await statuses(server, 2) == [204, 204]
    assert server.connections == 2


async def test_a_kept_connection_that_dies_is_replaced() -> None:
    server = Server(OK, b"", OK)

    assert await statuses(server, 2) == [204, 204]
    assert server.connections == 2


async def test_hanging_up_and_babbling_are_errors() -> None:
    for answer in (b"", b"hello\r\n\r\n"):
        with pytest.raises(OSError):
            await statuses(Server(answer), 1)


async def test_nobody_there() -> None:
    server = Server()
    async with server.running() as url:
        pass
    poster = Poster()
    with pytest.raises(OSError):
        await poster.post(url, {}, b"")
    with pytest.raises(ValueError, match="address"):
        await poster.post("nowhere", {}, b"")
