"""What is told when an update does not come to an end: reason, log, who serves still, next step."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest
from triton_serving.cluster_access.report import LAST_LINES, redacted, report
from triton_serving.cluster_access.trouble import Hope, Trouble

RECORDED = Path(__file__).parent / "recorded"
HOW = "does not come to an end"


def told(container: str, log: list[str], *, pods: int = 1) -> str:
    trouble = Trouble("it ended", "mend it", Hope.NONE, container)
    return report("digits", [f"digits-{number}" for number in range(pods)], trouble, log, "no pod is ready", HOW)


def log(container: str) -> list[str]:
    return (RECORDED / f"{container}.log").read_text().splitlines()


def test_of_triton_s_log_the_model_the_error_and_the_line_are_told_and_no_table() -> None:
    text = told("triton", log("triton"))
    assert (
        "it ended: failed to load 'digits' version 1: Internal: FileNotFoundError: [Errno 2] No such file or directory"
        ": '/no/such/weights.bin' (model.py, line 4)"
    ) in text
    assert "error: creating server: Internal - failed to load all models" in text
    assert "|" not in text
    assert "server_version" not in text


def test_of_the_scoring_server_s_log_the_script_s_traceback_is_told() -> None:
    text = told("scoring", log("scoring"))
    assert "it ended: /var/azureml-app/source/score.py, line 4: init() raised ValueError: no model at hand" in text
    assert 'File "/var/azureml-app/source/score.py", line 4, in init' in text


def test_of_the_copy_s_log_the_reason_is_told() -> None:
    text = told("model", ["checking 10 files", "the model was not fetched: team/digits does not answer; look for it"])
    assert "it ended: team/digits does not answer; look for it (pod" in text


def test_of_the_gateway_s_log_only_warnings_and_errors_are_told() -> None:
    text = told("gateway", log("gateway"))
    assert "critical: error `Invalid path: /etc/gateway/none.json` initializing config" in text
    assert "envoy.filters" not in text


def test_of_a_flag_that_triton_does_not_know_its_usage_is_left_out() -> None:
    usage = ["tritonserver: unrecognized option '--new'", "Usage: tritonserver [options]", "  --help", "\tPrint usage"]
    text = told("triton", [*usage, "", "Server:", "  --id <string>", "\tIdentifier for this server."])
    assert "unrecognized option '--new'" in text
    assert "Print usage" not in text
    assert "Server:" not in text


def test_a_long_log_is_told_by_its_end() -> None:
    text = told("model", [f"line {number}" for number in range(100)])
    assert "line 99" in text
    assert f"line {100 - LAST_LINES}\n" in text
    assert f"line {99 - LAST_LINES}\n" not in text


def test_who_serves_still_is_told_before_the_next_step() -> None:
    assert told("triton", []).endswith("\nno pod is ready; mend it")


def test_pods_that_fail_alike_are_counted() -> None:
    assert "(pod digits-0 and 2 more)" in told("triton", [], pods=3)


@pytest.mark.parametrize("key", ['quote"and\\slash-0123', "plain-key-0123456789", "per%cent+plus/0123456"])
def test_no_key_gets_out_however_it_is_written(key: str) -> None:
    text = redacted(f"{key} {json.dumps(key)} {quote(key, safe='')} kept", [key])
    assert key[:5] not in text
    assert text.endswith("kept")
