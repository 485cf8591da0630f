"""`make test` runs every test file exactly once, and fails when any group of them does."""

from collections import Counter

import pytest

from tests import side_by_side as suite


def test_every_file_runs_once() -> None:
    files = suite.test_files()
    ran = Counter(file for members in suite.grouped(files).values() for file in members)
    assert ran == Counter(files)
    assert "tests/architecture/test_side_by_side.py" in ran


def test_tests_that_share_a_marketplace_share_a_process() -> None:
    groups = suite.grouped(suite.test_files())
    assert all(file.startswith("tests/processes/") for file in groups["processes"])
    assert len(groups["processes"]) == len(list((suite.ROOT / "tests/processes").rglob("test_*.py")))


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ([0, 0], 0),
        ([0, suite.NO_TESTS], 0),
        ([suite.NO_TESTS, suite.NO_TESTS], suite.NO_TESTS),
        ([0, 1], 1),
        ([2, 0], 2),
        ([-9, 0], 1),
    ],
)
def test_one_failure_fails_all(codes: list[int], expected: int) -> None:
    assert suite.verdict(codes) == expected


def test_what_pytest_counted_is_added_up() -> None:
    output = "tests/x.py ..\n==== 2 failed, 31 passed, 4 skipped, 1 error in 12.30s (0:00:12) ====\n"
    assert suite.counted(output) == {"failed": 2, "passed": 31, "skipped": 4, "error": 1}
    assert suite.counted("killed before it could say anything") == {}


def test_chosen_files_run_as_pytest_runs_them() -> None:
    assert suite.names_files(["tests/models/test_data_map.py::test_x"])
    assert suite.names_files(["-s"])
    assert not suite.names_files(["-m", "not faults", "-k", "refund"])
