"""The whole suite in several processes at once: `python -m tests.side_by_side -k refund`, behind `make test`.

Owns which files run together, and what is said at the end. Every process starts servers of its own, so groups share
nothing; files of one group run in one process and in order. A file that no group names belongs to `rest`: none is lost.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GROUPS: Mapping[str, tuple[str, ...]] = {
    # The longest come first, so that no process is left alone with one at the end.
    "pages and stacks": ("tests/browser/", "tests/stack/", "tests/tours/"),
    "workflows": ("tests/workflows/",),
    "api, signing in": ("tests/api/auth/", "tests/api/oauth/"),
    "api": ("tests/api/",),
    "processes": ("tests/processes/",),
    "rest": ("tests/",),
}
"""A file belongs to the first group with a prefix of its path."""
NO_TESTS = 5
"""pytest's exit code where a selection left nothing in a group."""
_COUNTED = re.compile(r"(\d+) (passed|failed|skipped|errors?|xfailed|xpassed)\b")


def grouped(files: Sequence[str]) -> dict[str, list[str]]:
    """Every file, in one group each; the order of the files is kept."""
    found: dict[str, list[str]] = {name: [] for name in GROUPS}
    for file in files:
        found[next(name for name, prefixes in GROUPS.items() if file.startswith(prefixes))].append(file)
    return {name: members for name, members in found.items() if members}


def test_files() -> list[str]:
    """All files that pytest would collect, as paths from the checkout's root."""
    return sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_*.py"))


def counted(output: str) -> Counter[str]:
    """What pytest's closing line says: how many passed, failed, were skipped."""
    closing = [line for line in output.splitlines() if re.search(r" in \d+(\.\d+)?s", line)]
    words = _COUNTED.findall(closing[-1]) if closing else []
    return Counter({word.removesuffix("s") if word == "errors" else word: int(count) for count, word in words})


def verdict(codes: Sequence[int]) -> int:
    """One exit code for all: a group without a chosen test is no failure, but a run without any test is."""
    bad = [code for code in codes if code not in {0, NO_TESTS}]
    if bad:
        return bad[0] if bad[0] > 0 else 1
    return 0 if 0 in codes else NO_TESTS


@dataclass
class Run:
    """One group under way."""

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path
    began: float = field(default_factory=time.monotonic)


def start(name: str, files: Sequence[str], arguments: Sequence[str], folder: Path) -> Run:
    log = folder / f"{name}.log"
    cache = f"cache_dir=.pytest_cache/{name.replace(', ', '-').replace(' ', '-')}"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", "-o", cache, *arguments, *files],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    return Run(name, process, log)


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def run_all(groups: Mapping[str, Sequence[str]], arguments: Sequence[str], at_once: int) -> int:
    """Runs the groups, so many at once; each one's output is shown whole when it has ended."""
    waiting, under_way, codes, total = list(groups.items()), list[Run](), list[int](), Counter[str]()

    def ended(_signal: int, _frame: object) -> None:
        for run in under_way:
            run.process.send_signal(signal.SIGINT)
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, ended)
    with tempfile.TemporaryDirectory(prefix="artisan-tests-") as folder:
        try:
            while waiting or under_way:
                while waiting and len(under_way) < at_once:
                    name, files = waiting.pop(0)
                    say(f"== {name}: {len(files)} files begin")
                    under_way.append(start(name, files, arguments, Path(folder)))
                time.sleep(0.2)
                for run in [run for run in under_way if run.process.poll() is not None]:
                    under_way.remove(run)
                    output = run.log.read_text(errors="replace")
                    say(f"\n== {run.name}, after {time.monotonic() - run.began:.0f} s\n{output}")
                    codes.append(run.process.returncode)
                    total += counted(output)
        except KeyboardInterrupt:
            # Every process has been told, by the terminal or by `ended`: they stop their servers, then we go.
            for run in under_way:
                run.process.wait()
                say(f"\n== {run.name}, interrupted\n{run.log.read_text(errors='replace')}")
            return 130
    say(f"{total['passed']} passed, {total['failed'] + total['error']} failed, {total['skipped']} skipped")
    return verdict(codes)


def names_files(arguments: Sequence[str]) -> bool:
    """Whether somebody has chosen files, or wants to look on: then one process does it as pytest always would."""
    alone = {"--pdb", "-s", "--capture=no", "--collect-only", "--co", "-x", "--exitfirst", "--help", "-h"}
    return any(word in alone or (ROOT / word.split("::")[0]).exists() for word in arguments if word)


def main(arguments: Sequence[str]) -> int:
    if names_files(arguments):
        return subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, check=False).returncode
    at_once = int(os.environ.get("JOBS") or min(os.cpu_count() or 1, 3))
    return run_all(grouped(test_files()), arguments, max(at_once, 1))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
