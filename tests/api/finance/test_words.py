"""Every kind of account stands in the books once, and every problem of a payout has words and a next step."""

from api.finance.words import GROUPS, NEXT_STEP, PROBLEM
from models.rules.bookkeeping import AccountKind
from models.rules.payouts import PayoutProblem


def test_every_account_stands_in_the_books_once() -> None:
    assert sorted(line.kind for group in GROUPS for line in group.lines) == sorted(AccountKind)


def test_every_problem_has_words_and_a_next_step() -> None:
    assert set(PROBLEM) == set(NEXT_STEP) == set(PayoutProblem)
