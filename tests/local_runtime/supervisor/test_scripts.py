"""Services with an entry script: what a change of script or model starts, and scripts that do not start."""

from dataclasses import replace

import pytest
from parts.load import Load, eventually
from parts.supervised import ASKS_TRITON, Supervised
from triton_serving.local_runtime.deployment import Deployment
from triton_serving.rules.problems import UserError

TENFOLD = ASKS_TRITON.replace("return json", "return 10 * json")
BROKEN = "def init():\n    raise ValueError('no such vocabulary')\ndef run(data):\n    return 1\n"
HANGING = "import time\ndef init():\n    time.sleep(600)\ndef run(data):\n    return 1\n"
PRINTING = """
import sys
def init():
    pass
def run(megabytes):
    for _ in range(int(megabytes)):
        sys.stdout.write(("x" * 1023 + "\\n") * 1024)
    return "printed"
"""


@pytest.fixture(scope="module")
def first(service: Supervised) -> Supervised:
    service.apply(plain(service))
    return service


@pytest.fixture(autouse=True)
def _same_as_before(first: Supervised) -> None:
    first.apply(plain(first))


def plain(service: Supervised) -> Deployment:
    return service.scoring(service.times(2), service.source("plain", ASKS_TRITON))


def test_a_new_script_starts_a_new_scoring_server_alone_and_no_request_fails(first: Supervised) -> None:
    before = first.status().processes
    with Load(first.score) as load:
        load.more()
        first.apply(first.scoring("models/times-2/repository", first.source("tenfold", TENFOLD)))
        load.until(lambda answers: answers[20.0] > 20)
    assert set(load.answers) == {2.0, 20.0}
    after = first.status().processes
    assert {kind for kind in after if after[kind] != before[kind]} == {"scoring"}


def test_a_new_model_starts_a_new_scoring_server_too_and_no_request_fails(first: Supervised) -> None:
    before = first.status().processes
    with Load(first.score) as load:
        load.more()
        first.apply(first.scoring(first.times(3), "sources/plain"))
        load.until(lambda answers: answers[3.0] > 20)
    assert set(load.answers) == {2.0, 3.0}
    after = first.status().processes
    assert {kind for kind in after if after[kind] != before[kind]} == {"scoring", "triton"}


def test_direct_mode_keeps_the_triton_of_scoring_mode(first: Supervised) -> None:
    before = first.status().processes
    first.apply(first.direct("models/times-2/repository"))
    assert first.infer(4) == 8
    assert first.status().processes == {kind: before[kind] for kind in ("gateway", "triton")}
    eventually(lambda: not first.processes("triton_scoring"), "the scoring server ends")


def test_a_script_whose_init_fails_never_takes_over_and_the_error_says_why(first: Supervised) -> None:
    before = first.status()
    with pytest.raises(UserError, match="no such vocabulary") as error:
        first.apply(first.scoring("models/times-2/repository", first.source("broken", BROKEN)))
    assert "scoring.log" in str(error.value)
    assert first.status() == before
    assert first.score() == 2


def test_a_script_whose_init_never_returns_is_given_up_after_the_deadline(first: Supervised) -> None:
    before = first.status()
    hanging = first.scoring("models/times-2/repository", first.source("hanging", HANGING))
    with pytest.raises(UserError, match="the scoring server did not become ready within 3 s"):
        first.apply(replace(hanging, startup_seconds=3))
    assert first.status() == before
    eventually(lambda: not first.processes("sources/hanging"), "its processes end")


def test_a_script_that_prints_without_end_neither_waits_nor_fills_the_disk(first: Supervised) -> None:
    first.apply(first.script(first.source("printing", PRINTING)))
    assert first.score(100) == "printed"
    logs = first.folder / "logs"
    parts = [logs / name for name in ("scoring.log", "scoring.log.1", "scoring.log.2")]
    eventually(lambda: sorted(logs.glob("scoring.log*")) == parts, "older parts")
    assert sum(part.stat().st_size for part in parts) < 40 * 2**20
    said = [
        line for line in parts[1].read_bytes().splitlines() if b" process " not in line
    ]  # the supervisor's own lines
    assert [line for line in said if len(line) != 1023] == []
