"""The story that newcomers play is played here, and the books agree afterwards."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.whole_stack import ROOT, WholeStack, clean_environment

pytestmark = pytest.mark.stack


def test_the_story_of_a_checkout(running_stack: WholeStack) -> None:
    told = running_stack.artisan("tour", "checkout", timeout=150)
    assert told.returncode == 0, told.stdout + told.stderr
    for line in (
        "The pieces are reserved",
        "Two orders came of it: AC-",
        "splits it into two parcels",
        "The courier could not deliver a parcel and will try again.",
        "Two parcels arrived at the first try, one at the second.",
        "The money belongs to the maker now.",
    ):
        assert line.lower() in told.stdout.lower(), told.stdout
    verified = running_stack.artisan("verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "no violations" in verified.stdout


def test_the_story_of_a_payout(running_stack: WholeStack) -> None:
    told = running_stack.artisan("tour", "payout", timeout=300)
    assert told.returncode == 0, told.stdout + told.stderr
    for line in (
        "For your safety nothing is paid to it before",
        "is payable 3.",
        "a tenth of what is earned waits",
        "We let it go after your objection.",
        "The bank does not accept these account details.",
        "The bank has sent the money back.",
        "The payout is tried once more after the pause.",
        "The next sale pays it",
        "The provider carried out every transfer, reversal and payout once.",
        "no violations",
    ):
        assert line.lower() in told.stdout.lower(), told.stdout


def test_the_story_of_a_commission(running_stack: WholeStack) -> None:
    told = running_stack.artisan("tour", "commission", timeout=180)
    assert told.returncode == 0, told.stdout + told.stderr
    for line in (
        "A counter-offer was made.",
        "The customer asked for a revision.",
        "The payment needs the customer.",
        "The changed contract holds.",
        "The day that was promised for a milestone has passed.",
        "so the milestone counts as approved",
        "It is more than the customer had agreed to",
        "The piece has arrived, and the commission is complete.",
        "The customer cancelled, at the terms of the contract.",
        "went back to the card.",
        "no violations",
    ):
        assert line.lower() in told.stdout.lower(), told.stdout


def artisan(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Against a home in which nothing runs."""
    return subprocess.run(
        [sys.executable, "-m", "deploy.cli", *arguments],
        env={**clean_environment(), "ARTISAN_HOME": str(home), "PORT": "1999"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_an_unknown_story_is_named(tmp_path: Path) -> None:
    told = artisan(tmp_path, "tour", "wedding")
    assert told.returncode == 1
    assert "there is no story called wedding; there are: checkout, commission, payout" in told.stderr
    assert "Traceback" not in told.stdout + told.stderr


@pytest.mark.parametrize(
    "command", [("tour", "checkout"), ("tour", "payout"), ("tour", "commission"), ("verify",)], ids="-".join
)
def test_without_a_stack_it_says_what_to_do(tmp_path: Path, command: tuple[str, ...]) -> None:
    told = artisan(tmp_path, *command)
    assert told.returncode == 1
    assert "make up" in told.stdout
    assert "Traceback" not in told.stdout + told.stderr
