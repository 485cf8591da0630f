"""One process, one name in every room; every step runs on one pool, and every pool that is asked exists."""

import ast
import importlib
import inspect
import pkgutil
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

import activities
from activities.gateways.partners import open_gateways
from core.database import Database, create_engine
from core.settings import Settings
from tests.support.keys import key_ring
from workers.pools import POOLS
from workers.wiring import wire
from workflows import search_attributes
from workflows.registry import WORKFLOWS

ROOT = Path(__file__).parents[2]
PROCESSES = sorted(path.parent.name for path in (ROOT / "workflows").glob("*/workflow.py"))


SHARED = {"privacy", "commission", "payout", "checkout"}
"""Pools that several processes share: those of the first are rare, those of the others do the same work."""


def updates_of(kind: type) -> set[str]:
    """What people send a workflow."""
    return {
        name
        for name, member in inspect.getmembers(kind)
        if type(getattr(member, "_defn", None)).__name__ == "_UpdateDefinition"
    }


UPDATES = {kind.__module__.split(".")[1]: updates_of(kind) for kind in WORKFLOWS}


def activity_name(step: Any) -> str | None:
    """Of a method that `@activity.defn` has marked, else None."""
    definition = getattr(step, "__temporal_activity_definition", None)
    return None if definition is None else definition.name


def defined() -> dict[str, str]:
    """Activity name → module, for every activity class there is."""
    found = {}
    for module in pkgutil.iter_modules(activities.__path__):
        loaded = importlib.import_module(f"activities.{module.name}")
        for _, kind in inspect.getmembers(loaded, inspect.isclass):
            if kind.__module__ == loaded.__name__:
                for _, method in inspect.getmembers(kind, inspect.isfunction):
                    if name := activity_name(method):
                        assert name not in found, f"two activities are called {name}"
                        found[name] = module.name
    return found


@pytest.fixture(scope="module")
async def registered() -> list[tuple[str, str]]:
    """(pool, activity name), as the worker processes wire them; nothing is connected to."""
    nobody = SecretStr("nobody")
    settings = Settings(stripe_secret_key=nobody, stripe_webhook_secret=nobody, mail_api_key=nobody)
    gateways = open_gateways(settings)
    database = Database(create_engine(settings.database_url), key_ring())
    wired = wire(settings, database, gateways)
    steps: list[tuple[str, Callable[..., Any]]] = [
        (pool.name, step) for pool in POOLS.values() for step in pool.activities(wired)
    ]
    await gateways.close()
    await database.close()
    return [(pool, activity_name(step) or repr(step)) for pool, step in steps]


def test_every_activity_is_registered_exactly_once(registered: list[tuple[str, str]]) -> None:
    assert Counter(name for _, name in registered) == Counter(defined().keys())


def test_an_activity_is_named_after_its_pool_or_its_process(registered: list[tuple[str, str]]) -> None:
    """A process's own step that asks a partner runs on that partner's pool, under the process's name."""
    for pool, name in registered:
        owner = name.partition(".")[0]
        assert owner == pool or (pool in {"checkout", "payments"} and owner in PROCESSES), f"{name} runs in {pool}"


def test_every_workflow_has_one_pool_of_its_processs_name_or_a_shared_one() -> None:
    home = {kind: [pool.name for pool in POOLS.values() if kind in pool.workflows] for kind in WORKFLOWS}
    assert len(home) == len(PROCESSES)
    for kind, pools in home.items():
        process = kind.__module__.split(".")[1]
        messages = importlib.import_module(f"workflows.{process}.messages")
        assert pools == [messages.TASK_QUEUE]
        assert messages.TASK_QUEUE in {process, *SHARED}
        assert process == messages.PROCESS


def test_every_queue_that_a_workflow_asks_is_a_pool() -> None:
    asked = set()
    for file in (ROOT / "workflows").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                names = [target.id for target in node.targets if isinstance(target, ast.Name)]
                if any(name.endswith("QUEUE") for name in names):
                    asked.add(node.value.value)
    assert asked == set(POOLS)


@pytest.mark.parametrize("process", PROCESSES)
def test_a_process_has_one_name_in_every_room(process: str) -> None:
    """One that nobody talks to (a clock or another process starts it) needs no door in the API."""
    for place in (f"workflows/{process}/messages.py", f"activities/{process}.py"):
        assert (ROOT / place).is_file(), place
    # A door may be called by what stands behind it: `commissions` are what the commission process is about.
    doors = [ROOT / "api" / name / "routes.py" for name in (process, f"{process}s")]
    assert not UPDATES[process] or any(door.is_file() for door in doors), doors
    assert (ROOT / "tests" / "workflows" / process / "histories").is_dir()


def test_the_readmes_table_names_every_process_with_its_updates() -> None:
    readme = (ROOT / "README.md").read_text().split("\n## Processes\n")[1].split("\n## ")[0]
    table = dict(re.findall(r"^\| (\w+) \|(.*)\|$", readme, re.MULTILINE))
    table.pop("process", None)
    assert sorted(table) == PROCESSES
    for process, updates in UPDATES.items():
        assert {name for name in updates if f"`{name}`" not in table[process]} == set()
    assert "place" in UPDATES["checkout"]


def test_the_search_attributes_are_one_registry() -> None:
    spelt = {
        key.name: "".join(part.capitalize() for part in key.indexed_value_type.name.split("_"))
        for key in search_attributes.KEYS
    }
    assert spelt == dict(search_attributes.REGISTRY)
