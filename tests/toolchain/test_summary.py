import json
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "summary"
OUTPUTS = {
    "imageRef": "oci-layout:///x@sha256:1",
    "models": {"digits": [1, 2], "faces": [3]},
    "version": 4,
    "key": "[secret]",
}
DIRECT = {
    **OUTPUTS,
    "mode": "direct",
    "scoringUri": "http://localhost:6789",
    "healthUri": "http://localhost:6789/v2/health/ready",
    "inferUris": {"digits/1": "http://localhost:6789/v2/models/digits/versions/1/infer"},
    "request": {
        "path": "/v2/models/digits/infer",
        "file": "examples/digits/request.json",
        "contentType": "application/json",
    },
}
SCORING = {
    **DIRECT,
    "mode": "scoring",
    "scoringUri": "http://localhost:6789/score",
    "inferUris": {},
    "request": {"path": "/score", "file": "examples/digits/seven.png", "contentType": "application/octet-stream"},
}


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = spec_from_loader("summary", SourceFileLoader("summary", str(SCRIPT)))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_says_what_there_is_how_to_look_at_it_and_how_to_take_it_away(script: ModuleType) -> None:
    assert script.summary("local", OUTPUTS, colour=False).splitlines() == [
        "",
        "local is up",
        "",
        "  models   digits (1, 2), faces (3)",
        "  version  4",
        "  image    oci-layout:///x@sha256:1",
        "",
        "  make outputs  these values in full, as JSON",
        "  make preview  what a change to model, script or settings would do",
        "  make down     take it all away",
    ]


def test_after_an_update_the_outputs_are_those_that_the_stack_had_last(script: ModuleType, tmp_path: Path) -> None:
    events = tmp_path / "events"
    told = [
        {"preludeEvent": {"config": {}}},
        {"resOutputsEvent": {"metadata": {"type": "pulumi:pulumi:Stack", "new": {"outputs": {"version": 1}}}}},
        {"resOutputsEvent": {"metadata": {"type": "pulumi:pulumi:Stack", "new": {"outputs": OUTPUTS}}}},
        {"resOutputsEvent": {"metadata": {"type": "a:b:C", "new": {"outputs": {"version": 5}}}}},
        {"resOutputsEvent": {"metadata": {"type": "a:b:Deleted", "new": None}}},
        {"summaryEvent": {"resourceChanges": {"same": 3}}},
    ]
    events.write_text("".join(f"{json.dumps(event)}\n" for event in told))
    assert script.logged(events) == OUTPUTS


def test_a_secret_of_the_log_reads_as_pulumi_tells_it_elsewhere(script: ModuleType, tmp_path: Path) -> None:
    events = tmp_path / "events"
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "[secret]"}
    new = {"outputs": {**OUTPUTS, "key": secret}}
    events.write_text(json.dumps({"resOutputsEvent": {"metadata": {"type": "pulumi:pulumi:Stack", "new": new}}}))
    assert script.logged(events) == OUTPUTS


def test_it_draws_the_way_of_a_request_in_each_mode(script: ModuleType) -> None:
    assert script.picture(DIRECT) == "you ──► gateway localhost:6789 ──► Triton: digits (1, 2), faces (3)"
    assert script.picture(SCORING) == (
        "you ──► gateway localhost:6789 ──► entry script ──► Triton: digits (1, 2), faces (3)"
    )
    assert script.picture({**SCORING, "mode": "script"}) == "you ──► gateway localhost:6789 ──► entry script"


def test_the_line_to_paste_sends_the_examples_request_to_where_the_mode_takes_it(script: ModuleType) -> None:
    assert script.call("local", DIRECT) == (
        "curl -H 'Content-Type: application/json' --data-binary @examples/digits/request.json "
        "http://localhost:6789/v2/models/digits/infer"
    )
    assert script.call("local", SCORING) == (
        "curl -H 'Content-Type: application/octet-stream' --data-binary @examples/digits/seven.png "
        "http://localhost:6789/score"
    )


def test_without_a_request_to_send_it_asks_for_health(script: ModuleType) -> None:
    assert script.call("local", {**DIRECT, "request": None}) == "curl --include http://localhost:6789/v2/health/ready"


def test_with_keys_the_line_fetches_one_and_never_shows_it(script: ModuleType) -> None:
    line = script.call("dev", {**DIRECT, "primaryKey": "[secret]"})
    assert '-H "Authorization: Bearer $(STACK=dev scripts/pulumi stack output primaryKey --show-secrets)"' in line


def test_the_commands_for_another_stack_name_it(script: ModuleType) -> None:
    assert "make down STACK=dev" in script.summary("dev", {}, colour=False)


def test_colours_are_for_terminals(script: ModuleType) -> None:
    assert "\033[1mlocal is up\033[0m" in script.summary("local", OUTPUTS, colour=True)
    assert "\033" not in script.summary("local", OUTPUTS, colour=False)
