"""The scripts that make runs before there is an environment: what they fetch, and where."""

import json
import re
import runpy
import sys
from pathlib import Path

import pytest

from deploy import assets, bootstrap, chromium, cli
from tests.support.whole_stack import ROOT


def test_every_lock_pins_hashes_and_names_no_address() -> None:
    for lock in [*bootstrap.LOCKS.values(), bootstrap.UV_LOCK]:
        text = (ROOT / lock).read_text()
        pins = re.findall(r"^[a-z0-9].*==", text, re.MULTILINE)
        assert len(pins) == len(re.findall(r"==[^\n]*\\\n    --hash=sha256:", text)), lock
        assert "://" not in text, lock


def test_the_development_lock_holds_all_that_the_runtime_lock_holds() -> None:
    def pins(kind: str) -> set[str]:
        return set(re.findall(r"^([a-z0-9].*?==\S+)", (ROOT / bootstrap.LOCKS[kind]).read_text(), re.MULTILINE))

    assert pins("run") <= pins("dev")


def test_page_assets_come_from_exact_versions_in_a_lock_without_addresses() -> None:
    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for name, version in wanted.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
        assert locked[f"node_modules/{name}"]["version"] == version
        assert "resolved" not in locked[f"node_modules/{name}"]
    packages = {"/".join(path.split("/")[: 2 if path.startswith("@") else 1]) for path in assets.FILES}
    assert packages == set(wanted)


def test_an_environment_that_was_moved_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch()
    monkeypatch.setattr(bootstrap, "VENV", tmp_path)
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / "installed.json")
    bootstrap.record("requirements.lock", "digest")
    assert bootstrap.installed()["requirements.lock"] == "digest"
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / "elsewhere")
    assert bootstrap.installed() == {}


def test_uv_fetches_from_where_pip_was_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example/simple")
    assert bootstrap.installers_environment()["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"


def test_a_browser_that_was_named_is_the_one_that_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = tmp_path / "my-chromium"
    monkeypatch.setenv("CHROMIUM", str(browser))
    assert chromium.find() is None
    browser.touch()
    assert chromium.find() == browser


def test_a_bench_says_what_it_needs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """`make up` installs less than the benches need."""

    def without_it(module: str, *, run_name: str) -> None:
        raise ModuleNotFoundError("No module named 'pytest'", name="pytest")

    monkeypatch.setattr(cli, "adopt_running_stack", lambda: None)
    monkeypatch.setattr(cli, "_leave", sys.exit)
    monkeypatch.setattr(runpy, "run_module", without_it)
    monkeypatch.setattr(sys, "argv", ["artisan", "bench", "pages"])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 1
    assert "make bench NAME=pages" in capsys.readouterr().err
