"""Says a story aloud: its steps, and what the processes' timelines add after each. Owns words and layout only."""

from datetime import datetime
from typing import Any

from rich.console import Console
from rich.markup import escape

from api.wording import ACTORS
from models.types import Party


class Teller:
    """Remembers how much of each timeline has been told, so that a step shows only what it added."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._steps = 0
        self._told: dict[str, int] = {}

    def step(self, sentence: str) -> None:
        self._steps += 1
        self.console.print(f"\n[bold]{self._steps}. {escape(sentence)}[/]")

    def say(self, sentence: str) -> None:
        self.console.print(f"   {escape(sentence)}")

    def timeline(self, name: str, lines: list[dict[str, Any]]) -> None:
        """The lines that came since the last look. `name` is what people call the process."""
        told = self._told.get(name, 0)
        for line in lines[told:]:
            at = clock(line["at"])
            self.console.print(f"   [dim]{at}[/] [cyan]{escape(name)}[/] {escape(line['text'])}{escape(_next(line))}")
        self._told[name] = max(told, len(lines))


def _next(line: dict[str, Any]) -> str:
    """` Now the maker, until 14:03:07; otherwise the order is cancelled.`"""
    party = Party(line["waiting_on"])
    until = f" until {clock(line['until'])}" if line["until"] else ""
    if party is Party.NOBODY:
        return f" At {clock(line['until'])} {line['then']}." if line["then"] and until else ""
    otherwise = f"; otherwise {line['then']}" if line["then"] else ""
    return f" Now waiting for {ACTORS[party]}{until}{otherwise}."


def clock(instant: str) -> str:
    """Of the reader's wall."""
    return datetime.fromisoformat(instant).astimezone().strftime("%H:%M:%S")
