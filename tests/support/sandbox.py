"""The partner sandbox as a real process for tests, a receiver for its callbacks, and a patient `eventually`."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import anyio
import httpx

STRIPE_KEY = "sk_test_for_tests"
STRIPE_WEBHOOK_SECRET = "whsec_for_tests"
COURIER_KEY = "courier_key_for_tests"
COURIER_SECRET = "courier_secret_for_tests"
MAIL_KEY = "mail_key_for_tests"
IDENTITY_SECRET = "client_secret_for_tests"
IDENTITY_PROVIDERS = {"lantern": "Lantern", "harbour": "Harbour"}
SHOP = "http://shop.example"
COURIERS = {"swift": "Swift Post", "hearth": "Hearth Parcels"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class SandboxProcess:
    """One `python -m deploy.sandbox`; its state file outlives it."""

    def __init__(self, folder: Path, port: int, env: dict[str, str]) -> None:
        self._folder = folder
        self._env = env
        self.state = folder / "sandbox.db"
        """Its whole memory, for whoever looks for something in it."""
        self.url = f"http://127.0.0.1:{port}"
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        with (self._folder / "sandbox.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "deploy.sandbox"], env={**os.environ, **self._env}, stdout=log, stderr=log
            )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            try:
                if httpx.get(f"{self.url}/healthz", timeout=2, trust_env=False).is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise RuntimeError(f"the sandbox did not start:\n{(self._folder / 'sandbox.log').read_text()[-2000:]}")

    def stop(self) -> None:
        """As Ctrl-C would."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL: nothing is said good-bye to."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        self.stop()
        self.start()

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(how)
            process.wait(timeout=15)


def start_sandbox(folder: Path, port: int = 0, **env: str) -> SandboxProcess:
    """A running sandbox with the keys above; `env` sets more of its `SANDBOX_*` variables. Stop it yourself."""
    port = port or free_port()
    folder.mkdir(parents=True, exist_ok=True)
    settings = {
        "SANDBOX_DB": str(folder / "sandbox.db"),
        "SANDBOX_PORT": str(port),
        "SANDBOX_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SANDBOX_STRIPE_SECRET_KEY": STRIPE_KEY,
        "SANDBOX_STRIPE_WEBHOOK_SECRET": STRIPE_WEBHOOK_SECRET,
        "SANDBOX_COURIERS": couriers_of(""),
        "SANDBOX_MAIL_API_KEY": MAIL_KEY,
        "SANDBOX_IDENTITY_PROVIDERS": identity_of(SHOP),
        "SANDBOX_COURIER_AUTOPILOT_SECONDS": "0",
    }
    return SandboxProcess(folder, port, {**settings, **env})


def couriers_of(webhook_url: str) -> str:
    """The value of `SANDBOX_COURIERS`; each courier calls `webhook_url/<code>`."""
    return json.dumps(
        [
            {
                "code": code,
                "name": name,
                "api_key": COURIER_KEY,
                "webhook_url": f"{webhook_url}/{code}" if webhook_url else "",
                "webhook_secret": COURIER_SECRET,
            }
            for code, name in COURIERS.items()
        ]
    )


def identity_of(public_url: str) -> str:
    """The value of `SANDBOX_IDENTITY_PROVIDERS` for a shop at this address; no two providers are alike."""
    return json.dumps(
        [
            {
                "code": code,
                "name": name,
                "client_id": f"{code}-client",
                "client_secret": IDENTITY_SECRET,
                "redirect_uris": [f"{public_url}/sign-in/with/{code}/callback"],
                "algorithm": "RS256" if code == "lantern" else "ES256",
                "userinfo_only": code == "harbour",
            }
            for code, name in IDENTITY_PROVIDERS.items()
        ]
    )


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed


@dataclass
class Receiver:
    """Where callbacks arrive. `answers` are given in turn, the last for ever."""

    url: str = ""
    answers: list[int] = field(default_factory=lambda: [200])
    received: list[Received] = field(default_factory=list)

    def take(self, request: Received) -> int:
        self.received.append(request)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def receiver(port: int = 0) -> Iterator[Receiver]:
    """A real HTTP server on a thread of its own."""
    state = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = state.take(Received(self.path, headers, body))
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Tests read `received`, not a log."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """A killed sandbox leaves half a request behind."""

    server = Server(("127.0.0.1", port), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


async def eventually(look: Callable[[], Any], within: float = 20) -> Any:
    """What `look` returns as soon as it is true; fails the test when it never is."""
    deadline = time.monotonic() + within
    while True:
        found = look()
        result = await found if isinstance(found, Awaitable) else found
        if result:
            return result
        assert time.monotonic() < deadline, f"still {result!r} after {within} s"
        await anyio.sleep(0.05)
