"""Finds a Chromium for the browser tests, and installs one with the system's package manager where it may.

Standard library only: make runs it before the tests, the tests ask it where the browser is.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
PLACES = (
    Path("/usr/bin/chromium"),
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)


def find() -> Path | None:
    """The browser's executable: `CHROMIUM` from the environment first, then the usual places."""
    named = os.environ.get("CHROMIUM")
    if named:
        return Path(named) if Path(named).exists() else None
    for place in PLACES:
        if place.exists():
            return place
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return Path(found) if found else None


def installers() -> list[list[str]]:
    """The commands that would install Chromium here without asking anybody, in order; empty where we may not."""
    if shutil.which("brew") and sys.platform == "darwin":
        return [["brew", "install", "--cask", "chromium"]]
    if os.geteuid() != 0:
        return []
    if shutil.which("apt-get"):
        return [
            ["apt-get", "update", "-qq"],
            ["apt-get", "install", "-qq", "--yes", "--no-install-recommends", "chromium"],
        ]
    if shutil.which("dnf"):
        return [["dnf", "install", "--assumeyes", "--quiet", "chromium"]]
    if shutil.which("apk"):
        return [["apk", "add", "--quiet", "chromium"]]
    return []


def ensure() -> Path | None:
    """The browser, installed if need be; None where there is none to be had."""
    found = find()
    if found is not None:
        return found
    for command in installers():
        print(f"make: {' '.join(command)}", flush=True)
        settings = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, env=settings, check=False)
        except OSError:
            return None
        if done.returncode != 0:
            print(f"make: that ended with exit code {done.returncode}", file=sys.stderr)
    return find()


if __name__ == "__main__":
    if ensure() is None:
        print(
            "make: no Chromium was found or could be installed, so the browser tests will not run.\n"
            "make: install one (Debian: apt install chromium), or name it: make test CHROMIUM=/path/to/chromium",
            file=sys.stderr,
        )
