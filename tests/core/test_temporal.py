"""Everybody who connects to Temporal seals, and an embedded server's pages know where to have it opened."""

import re
from pathlib import Path

from core.codec import SealingCodec
from core.settings import Settings
from core.temporal import connect
from deploy.embedded import temporal
from deploy.embedded.environment import environment
from deploy.embedded.plan import children
from tests.support.keys import keys_file

ROOT = Path(__file__).parents[2]
ROOMS = ("core", "models", "activities", "workflows", "api", "workers", "deploy")
MAY = {"core/temporal.py", "deploy/namespace.py"}
"""The one place, and what only asks and tells the server about its namespace: it has neither payloads nor keys."""
UNSEALED = re.compile(r"\bUNSEALED\b|\bClient\.connect\b|\bpydantic_data_converter\b")


def test_nobody_connects_past_the_codec() -> None:
    found = {
        str(file.relative_to(ROOT))
        for room in ROOMS
        for file in (ROOT / room).rglob("*.py")
        if "node_modules" not in file.parts and UNSEALED.search(file.read_text())
    }
    assert found == MAY


async def test_a_client_seals_with_the_ring_of_its_settings() -> None:
    client = await connect(Settings(environment="test", keys_file=keys_file()), lazy=True)
    assert isinstance(client.data_converter.payload_codec, SealingCodec)


def test_temporals_pages_are_told_of_the_shop_and_the_shop_of_them(tmp_path: Path) -> None:
    settings = environment(tmp_path, 21150)
    [server] = [child for child in children(tmp_path, 21150) if child.name == "temporal"]
    assert server.argv[server.argv.index("--ui-codec-endpoint") + 1] == f"{settings['ARTISAN_PUBLIC_URL']}/codec"
    ui_port = server.argv[server.argv.index("--ui-port") + 1]
    assert settings["ARTISAN_TEMPORAL_UI_URL"] == f"http://localhost:{ui_port}"
    assert "--ui-codec-endpoint" not in temporal.argv(port=1, ui_port=None, database=None)
