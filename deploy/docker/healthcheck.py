"""`python -m deploy.docker.healthcheck URL`: exit code 0 when the address answers 200. Standard library only.

The image has neither curl nor wget, and a health check that imports the product would cost more than what it checks.
"""

import sys
from urllib.error import URLError
from urllib.request import urlopen

_PATIENCE = 3.0


def healthy(url: str) -> bool:
    """One look, no second try: the container engine counts the failures."""
    try:
        with urlopen(url, timeout=_PATIENCE) as answer:  # noqa: S310 - the address stands in the compose file
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1].startswith("http://"):
        sys.exit("usage: python -m deploy.docker.healthcheck http://127.0.0.1:8000/healthz")
    sys.exit(0 if healthy(sys.argv[1]) else 1)
