"""What every bench reports: percentiles, CPU seconds by process, the machine."""

import json
import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import psutil

from deploy.embedded.environment import home_folder
from deploy.embedded.home import read_state

NOT_COUNTED = ("sandbox", "generator")
"""Stand-ins for others' servers and for the crowd; shown beside, never added in."""


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """Milliseconds: p50, p95, p99, and the worst."""
    ordered = sorted(seconds)

    def at(share: float) -> float:
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000, 1)

    return {"n": len(ordered), "p50_ms": at(0.50), "p95_ms": at(0.95), "p99_ms": at(0.99), "max_ms": at(1.0)}


def cpu_seconds() -> dict[str, float]:
    """User and system seconds so far, by process of the running stack, with all its descendants; and our own."""
    children = {name: child["pid"] for name, child in read_state(home_folder()).get("children", {}).items()}
    used = {"generator": sum(psutil.Process().cpu_times()[:2])}
    for name, pid in children.items():
        used[name] = 0.0
        try:
            root = psutil.Process(pid)
            family = [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            continue
        for process in family:
            try:
                times = process.cpu_times()
            except psutil.Error:
                continue
            # A backend that has ended in between is in its parent's children_* times.
            used[name] += times.user + times.system
        used[name] += root.cpu_times().children_user + root.cpu_times().children_system
    return used


def cpu_between(before: dict[str, float], after: dict[str, float], per: int = 1) -> dict[str, float]:
    """CPU seconds by process for each of `per` units of work; `counted` leaves out `NOT_COUNTED`."""
    each = {name: round((after[name] - before.get(name, 0.0)) / per, 4) for name in after}
    counted = sum(value for name, value in each.items() if name not in NOT_COUNTED)
    return {**each, "counted": round(counted, 4)}


def machine() -> dict[str, object]:
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def report(figures: dict[str, object]) -> None:
    """`--json`: one JSON object; otherwise indented for people."""
    print(json.dumps(figures, indent=None if "--json" in sys.argv else 2))
