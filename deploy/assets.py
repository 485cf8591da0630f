"""Fetches the few third-party files that we use from the npm registry: what pages load goes into
`api/web/static/vendor/`, the list of common passwords into `api/auth/vendor/`.

Standard library only, run by make before the start. The pages work without these files (no script, the reader's own
serif, the other rules for passwords), so a registry that cannot be reached is a warning and not an end.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
API = ROOT / "api"
VENDOR = API / "web" / "static" / "vendor"
STAMP = VENDOR / "from-lock.txt"
PAGES, PASSWORDS = "web/static/vendor", "auth/vendor"
FILES = {
    "htmx.org/dist/htmx.min.js": f"{PAGES}/htmx.min.js",
    "htmx.org/LICENSE": f"{PAGES}/htmx.LICENSE.txt",
    "@fontsource/fraunces/files/fraunces-latin-600-normal.woff2": f"{PAGES}/fraunces-latin-600-normal.woff2",
    "@fontsource/fraunces/files/fraunces-latin-500-italic.woff2": f"{PAGES}/fraunces-latin-500-italic.woff2",
    "@fontsource/fraunces/LICENSE": f"{PAGES}/fraunces.LICENSE.txt",
    "@zxcvbn-ts/language-common/src/passwords.json": f"{PASSWORDS}/common-passwords.json",
    "@zxcvbn-ts/language-common/LICENSE.txt": f"{PASSWORDS}/common-passwords.LICENSE.txt",
}
"""File in the package → its place below `api/`. The licences travel with what they license."""


def wanted_stamp() -> str:
    return hashlib.sha256((ROOT / "package-lock.json").read_bytes() + "".join(FILES).encode()).hexdigest()


def missing() -> list[str]:
    """The files that will be asked for in vain, by name."""
    return [Path(name).name for name in FILES.values() if not (API / name).exists()]


def npm() -> str | None:
    """The machine's npm, or the one from the wheel, installed for the purpose."""
    found = shutil.which("npm")
    if found is None:
        beside = Path(sys.executable).parent / "npm"
        if not beside.exists():
            subprocess.run([sys.executable, str(ROOT / "deploy" / "bootstrap.py"), "node"], cwd=ROOT, check=False)
        found = str(beside) if beside.exists() else None
    return found


def fetch(command: str) -> None:
    """Installs exactly what the lock names into a throw-away folder and copies our few files out of it."""
    with tempfile.TemporaryDirectory() as scratch:
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(ROOT / name, scratch)
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        # npm insists on a home that it can write to.
        home = os.environ.get("HOME", "")
        home = home if os.access(home, os.W_OK) else scratch
        subprocess.run(
            [command, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"],
            cwd=scratch,
            check=True,
            env={**os.environ, "PATH": path, "HOME": home},
        )
        for source, name in FILES.items():
            (API / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(Path(scratch) / "node_modules" / source, API / name)
    STAMP.write_text(wanted_stamp())


def main() -> None:
    if STAMP.exists() and STAMP.read_text() == wanted_stamp() and not missing():
        return
    command = npm()
    try:
        if command is None:
            raise OSError("there is no npm and none could be installed")
        fetch(command)
    except (OSError, subprocess.CalledProcessError) as problem:
        print(
            f"make: the page assets could not be fetched ({problem}). Pages work without them, less prettily and "
            "without live updates. Run the same make command again when the npm registry can be reached.",
            file=sys.stderr,
        )


if __name__ == "__main__":
    main()
