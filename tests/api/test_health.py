"""Ready means that both servers answer."""

from tests.api.conftest import open_client, running_app, settings_for
from tests.support.stack import TemporalServer


async def test_ready_with_both_servers(postgres_url: str, temporal_dev_server: TemporalServer) -> None:
    settings = settings_for(postgres_url, temporal_dev_server.address)
    async with running_app(settings) as app, open_client(app) as client:
        answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"database": True, "temporal": True})


async def test_not_ready_without_temporal(postgres_url: str) -> None:
    async with running_app(settings_for(postgres_url)) as app, open_client(app) as client:
        answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"database": True, "temporal": False})
