"""scripts/advice: from what the engine told in red to what can be done about it."""

import json
import subprocess
import sys
from pathlib import Path

from triton_serving.rules.azure_errors import ADVICE

SCRIPT = Path(__file__).parents[2] / "scripts" / "advice"


def advised(folder: Path, *events: dict[str, object], rest: str = "") -> list[str]:
    file = folder / "events"
    file.write_text("".join(f"{json.dumps(event)}\n" for event in events) + rest)
    told = subprocess.run([sys.executable, SCRIPT, file], capture_output=True, text=True, check=True)
    assert told.stderr == ""
    return told.stdout.splitlines()


def diagnosed(message: str, severity: str = "error") -> dict[str, object]:
    return {"sequence": 1, "diagnosticEvent": {"message": message, "severity": severity, "color": "never"}}


def test_every_code_is_advised_on_once(tmp_path: Path) -> None:
    lines = advised(
        tmp_path,
        {"sequence": 0, "preludeEvent": {"config": {}}},
        diagnosed('<{%reset%}>Status=400 Code="QuotaExceeded" Message="exceeding approved family Cores quota"'),
        diagnosed("RESPONSE 409: 409 Conflict\nERROR CODE: SkuNotAvailable"),
        diagnosed('Status=400 Code="QuotaExceeded" Message="once more"'),
    )
    assert lines[:5] == [
        "",
        "What to do",
        "",
        f"  QuotaExceeded  {ADVICE['QuotaExceeded']}",
        f"  SkuNotAvailable  {ADVICE['SkuNotAvailable']}",
    ]
    assert "next `make up` goes on" in lines[6]


def test_what_is_no_error_or_not_known_ends_in_silence(tmp_path: Path) -> None:
    assert advised(tmp_path, diagnosed("QuotaExceeded is near", "warning"), diagnosed('Code="BadRequest"')) == []


def test_a_log_that_was_cut_off_counts_up_to_there(tmp_path: Path) -> None:
    lines = advised(tmp_path, diagnosed('Code="AlreadyInUse"'), rest='{"sequence": 2, "diagno')
    assert f"  AlreadyInUse  {ADVICE['AlreadyInUse']}" in lines


def test_nothing_was_logged(tmp_path: Path) -> None:
    assert advised(tmp_path) == []


def test_a_log_that_was_never_begun_ends_in_silence(tmp_path: Path) -> None:
    told = subprocess.run([sys.executable, SCRIPT, tmp_path / "none"], capture_output=True, text=True, check=True)
    assert (told.stdout, told.stderr) == ("", "")
