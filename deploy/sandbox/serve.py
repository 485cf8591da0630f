"""Runs the sandbox on uvicorn, on the loopback address unless told otherwise. Owns the server's settings only."""

import logging

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from deploy.sandbox.app import create_app
from deploy.sandbox.config import SandboxConfig


class DroppableProtocol(HttpToolsProtocol):
    """Lets a handler hang up on its caller, which ASGI has no word for."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {"sandbox.drop": {"call": self.transport.abort}}


class _WithoutDropped(logging.Filter):
    """Hung-up calls are meant; their tracebacks would drown real ones."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], ConnectionAbortedError))


def serve(config: SandboxConfig) -> None:
    if (config.cert_file is None) != (config.key_file is None):
        raise ValueError("SANDBOX_CERT_FILE and SANDBOX_KEY_FILE go together: set both or neither")
    logging.getLogger("uvicorn.error").addFilter(_WithoutDropped())
    uvicorn.run(
        create_app(config),
        host=config.host,
        port=config.port,
        http=DroppableProtocol,
        ws="none",
        loop="uvloop",
        # From TLS 1.2 on, which is Python's own idea of a server.
        ssl_certfile=config.cert_file,
        ssl_keyfile=config.key_file,
        log_level="warning",
        access_log=False,
        # Longer than any client keeps an idle connection, so that no call meets one that is just being closed.
        timeout_keep_alive=120,
        timeout_graceful_shutdown=5,
    )
