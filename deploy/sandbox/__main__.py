"""`python -m deploy.sandbox`: reads the environment, serves until SIGTERM."""

import sys

from deploy.sandbox.config import SandboxConfig
from deploy.sandbox.serve import serve

if __name__ == "__main__":
    try:
        config = SandboxConfig.from_env()
    except ValueError as error:
        sys.exit(f"sandbox: {error}")
    serve(config)
