"""A child's output: kept in a file that is rotated by size, with the last lines at hand for when it crashes."""

import asyncio
import os
from collections import deque
from pathlib import Path

_ROTATE_AT = 5_000_000
_KEPT = 3
_LONGEST_LINE = 65_536


class ChildLog:
    """Appends lines to `<folder>/<name>.log`; `.1` to `.3` are older."""

    def __init__(self, folder: Path, name: str, remembered: int = 20) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{name}.log"
        self._recent: deque[str] = deque(maxlen=remembered)
        self._file = self.path.open("ab")

    async def drain(self, reading: int) -> None:
        """Copies what comes out of the pipe until nobody holds its other end; closes it."""
        stream = asyncio.StreamReader()
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(reading, "rb", buffering=0)
        )
        pending = b""
        try:
            while chunk := await stream.read(_LONGEST_LINE):
                self._write(chunk)
                *lines, pending = (pending + chunk).split(b"\n")
                self._remember(lines)
                if len(pending) > _LONGEST_LINE:
                    self._remember([pending])
                    pending = b""
        finally:
            self._remember([pending])
            transport.close()

    def last_lines(self) -> list[str]:
        """What the child said last, oldest first."""
        return list(self._recent)

    def forget(self) -> None:
        """Starts a new life: lines of the one before are not shown again."""
        self._recent.clear()

    def close(self) -> None:
        self._file.close()

    def _remember(self, lines: list[bytes]) -> None:
        self._recent.extend(line.decode(errors="replace").rstrip() for line in lines if line.strip())

    def _write(self, chunk: bytes) -> None:
        self._file.write(chunk)
        self._file.flush()
        if self._file.tell() > _ROTATE_AT:
            self._rotate()

    def _rotate(self) -> None:
        self._file.close()
        for age in range(_KEPT, 0, -1):
            older = self.path.with_name(f"{self.path.name}.{age}")
            newer = self.path.with_name(f"{self.path.name}.{age - 1}") if age > 1 else self.path
            if newer.exists():
                newer.replace(older)
        self._file = self.path.open("ab")
