"""Every process is told what it needs, under names that the settings know, in the embedded run and in the cluster."""

from pathlib import Path

import pytest

from core.settings import Settings
from deploy.docker import keys
from deploy.embedded.environment import adopt_running_stack, current_port, environment, wanted_port
from deploy.embedded.home import write_state
from deploy.sandbox.config import SandboxConfig
from tests.support import compose
from tests.support.tls import cluster_values

PREFIX = "ARTISAN_"


@pytest.fixture(autouse=True)
def without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ARTISAN_HOME", "PORT", "ARTISAN_DATABASE_URL", "SANDBOX_DB"):
        monkeypatch.delenv(name, raising=False)


def unknown(names: set[str]) -> set[str]:
    return {name for name in names if name.startswith(PREFIX)} - {
        f"{PREFIX}{field.upper()}" for field in Settings.model_fields
    }


def test_the_settings_know_every_variable_of_the_embedded_run(tmp_path: Path) -> None:
    assert unknown(set(environment(tmp_path, 8000))) == set()


def test_the_settings_know_every_variable_of_the_cluster() -> None:
    variables = dict.fromkeys(keys.wanted(compose.FILE.read_text()), "x")
    for service in compose.load(variables).values():
        if compose.is_ours(service):
            assert unknown(set(service["environment"])) == set()


def test_the_sandbox_and_the_gateways_are_given_the_same_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = environment(tmp_path, 8100)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    ours, theirs = Settings(), SandboxConfig.from_env(told)
    assert theirs.stripe_secret_key == ours.stripe_secret_key.get_secret_value()
    assert theirs.stripe_webhook_secret == ours.stripe_webhook_secret.get_secret_value()
    assert theirs.mail_api_key == ours.mail_api_key.get_secret_value()
    assert {(courier.code, courier.api_key, courier.webhook_secret) for courier in theirs.couriers} == {
        (courier.code, courier.api_key.get_secret_value(), courier.webhook_secret.get_secret_value())
        for courier in ours.couriers
    }
    assert {(one.issuer, one.client_id, one.client_secret.get_secret_value()) for one in ours.identity_providers} == {
        (f"{theirs.base_url}/identity/{one.code}", one.client_id, one.client_secret)
        for one in theirs.identity_providers
    }
    assert [one.redirect_uris for one in theirs.identity_providers] == [
        (f"{ours.public_url}/sign-in/with/{one.code}/callback",) for one in ours.identity_providers
    ]


def test_a_provider_has_a_code_of_its_own_and_https_in_the_cluster() -> None:
    one = {"code": "lantern", "name": "Lantern", "client_id": "c", "client_secret": "s"}
    secure, plain = {**one, "issuer": "https://lantern.example"}, {**one, "issuer": "http://lantern.example"}
    Settings.model_validate(cluster_values() | {"identity_providers": [secure]})
    Settings.model_validate({"environment": "embedded", "identity_providers": [plain]})
    for wrong in ({"identity_providers": [secure, secure]}, cluster_values() | {"identity_providers": [plain]}):
        with pytest.raises(ValueError, match=r"identity_providers|IDENTITY_PROVIDERS"):
            Settings.model_validate(wrong)


def test_two_homes_have_nothing_in_common_and_one_home_keeps_its_keys(tmp_path: Path) -> None:
    first, second = environment(tmp_path / "one", 8000), environment(tmp_path / "two", 8000)
    assert first["ARTISAN_STRIPE_SECRET_KEY"] != second["ARTISAN_STRIPE_SECRET_KEY"]
    assert environment(tmp_path / "one", 8000) == first


def test_commands_find_the_stack_that_runs_in_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTISAN_HOME", str(tmp_path))
    assert current_port(tmp_path) == 8000
    write_state(tmp_path, 8400, {})
    assert current_port(tmp_path) == 8400
    monkeypatch.setenv("PORT", "8500")
    assert current_port(tmp_path) == 8500


def test_a_process_that_was_configured_from_outside_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTISAN_HOME", str(tmp_path))
    monkeypatch.setenv("ARTISAN_DATABASE_URL", "postgresql+psycopg://elsewhere/db")
    adopt_running_stack()
    assert not (tmp_path / "secrets.json").exists()


@pytest.mark.parametrize("given", ["http", "-1", "80", "65531", ""])
def test_a_port_that_cannot_be_used_is_refused_with_an_example(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", given)
    with pytest.raises(ValueError, match="PORT=8100"):
        wanted_port()
