"""Whether the checker judges model directories as the real server does. See `verdicts.py` for how it is asked."""

import zlib
from pathlib import Path

import pytest
from triton_serving.models.check import check_directory

from .compare import ACCEPTED, EXPECTED_RULES, disagreement
from .corpus import CASES
from .corpus.case import Case
from .verdicts import Verdict, ask_all, recorded

RECORDED = recorded()
ONE_IN = 20


def _asked_again(case: Case) -> bool:
    """A fixed sample, spread over all topics, and everything that is new or has changed since it was recorded."""
    digest, _ = RECORDED.get(case.name, ("", None))
    return digest != case.digest() or zlib.crc32(case.name.encode(errors="surrogateescape")) % ONE_IN == 0


def test_the_server_still_says_what_was_recorded(tmp_path: Path) -> None:
    asked = [case for case in CASES if _asked_again(case)]
    changed = _changed(asked, tmp_path / "first")
    # Asked twice before it counts, for the sake of machines that are busy beyond measure.
    changed = _changed([case for case in asked if case.name in changed], tmp_path / "second")
    assert changed == {}, "if the server is right now, record it: python -m tests.judge --changed"


def _changed(cases: list[Case], folder: Path) -> dict[str, Verdict]:
    return {
        name: verdict
        for name, verdict in ask_all(cases, folder).items()
        if name not in RECORDED or _gist(verdict) != _gist(RECORDED[name][1])
    }


def _gist(verdict: Verdict) -> tuple[bool, object]:
    """What is served. How a server ends that does not serve can differ: a few refuse and die at once."""
    return verdict.outcome == "served", verdict.models


def _named(case: Case) -> str:
    return case.name.encode("ascii", "backslashreplace").decode()


@pytest.mark.parametrize("case", CASES, ids=_named)
def test_the_checker_agrees_with_the_server(case: Case, tmp_path: Path) -> None:
    directory = tmp_path / "models"
    case.write(directory)
    assert case.name in RECORDED, "ask the server and record its verdict: python -m tests.judge --changed"
    assert disagreement(case.name, RECORDED[case.name][1], check_directory(directory)) is None


GOOD = [
    case
    for case in CASES
    if case.name in RECORDED and RECORDED[case.name][1].outcome == "served" and case.name not in EXPECTED_RULES
]


@pytest.mark.parametrize("case", GOOD, ids=_named)
def test_what_the_server_serves_is_also_accepted_in_a_folder_triton(case: Case, tmp_path: Path) -> None:
    case.write(tmp_path / "models" / "triton")
    assert disagreement(case.name, RECORDED[case.name][1], check_directory(tmp_path / "models")) is None


def test_every_recorded_verdict_and_every_exception_belongs_to_a_case() -> None:
    names = {case.name for case in CASES}
    assert len(names) == len(CASES)
    assert (RECORDED.keys() | EXPECTED_RULES.keys() | ACCEPTED) - names == set()
