"""`python -m deploy.docker.healthcheck URL [CA]`: exit code 0 when the address answers 200. Standard library only.

The image has neither curl nor wget, and a health check that imports the product would cost more than what it checks.
"""

import ssl
import sys
from urllib.error import URLError
from urllib.request import urlopen

_PATIENCE = 3.0


def healthy(url: str, ca_file: str | None = None) -> bool:
    """One look, no second try: the container engine counts the failures."""
    try:
        trusted = ssl.create_default_context(cafile=ca_file) if ca_file else None
        with urlopen(url, timeout=_PATIENCE, context=trusted) as answer:  # noqa: S310 - it stands in the compose file
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


if __name__ == "__main__":
    if len(sys.argv) not in {2, 3} or not sys.argv[1].startswith(("http://", "https://")):
        sys.exit("usage: python -m deploy.docker.healthcheck https://127.0.0.1:8000/healthz [FILE OF THE AUTHORITY]")
    sys.exit(0 if healthy(*sys.argv[1:]) else 1)
