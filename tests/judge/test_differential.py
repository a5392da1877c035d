import zlib
from pathlib import Path

import pytest
from triton_serving.models.check import check_directory

from .compare import ACCEPTED, EXPECTED_RULES, disagreement
from .corpus import CASES
from .corpus.case import Case
from .verdicts import ask_all, recorded

RECORDED = recorded()
ONE_IN = 16


def _asked_again(case: Case) -> bool:
    """A fixed sample, spread over all topics, and everything that is new or has changed since it was recorded."""
    digest, _ = RECORDED.get(case.name, ("", None))
    return digest != case.digest() or zlib.crc32(case.name.encode(errors="surrogateescape")) % ONE_IN == 0


def test_the_server_still_says_what_was_recorded(tmp_path: Path) -> None:
    asked = [case for case in CASES if _asked_again(case)]
    now = ask_all(asked, tmp_path)
    changed = {
        name: (RECORDED[name][1] if name in RECORDED else "not recorded", verdict)
        for name, verdict in now.items()
        if name not in RECORDED
        or (verdict.outcome, verdict.models) != (RECORDED[name][1].outcome, RECORDED[name][1].models)
    }
    assert changed == {}, "if the server is right now, record it: python -m tests.judge --changed"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name.encode("ascii", "backslashreplace").decode())
def test_the_checker_agrees_with_the_server(case: Case, tmp_path: Path) -> None:
    directory = tmp_path / "models"
    case.write(directory)
    if case.name not in RECORDED:
        pytest.skip("the server's verdict is not recorded yet; the other test asks for it")
    assert disagreement(case.name, RECORDED[case.name][1], check_directory(directory)) is None


def test_every_recorded_verdict_and_every_exception_belongs_to_a_case() -> None:
    names = {case.name for case in CASES}
    assert len(names) == len(CASES)
    assert (RECORDED.keys() | EXPECTED_RULES.keys() | ACCEPTED) - names == set()
