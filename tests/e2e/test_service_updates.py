"""Changes of a running service: nothing is lost, and what is broken never takes over."""

import itertools
import json
from pathlib import Path

import pytest
from parts.asking import ask
from parts.engine import ROOT
from parts.load import Load, eventually
from parts.services import Service

SEVEN = (ROOT / "examples/digits/seven.png").read_bytes()
BYTES = {"Content-Type": "application/octet-stream"}


def scoring(service: Service) -> str:
    service.set(mode="scoring")
    service.up().fine()
    return str(service.outputs()["scoringUri"])


def test_edits_of_script_model_setting_and_packages_lose_no_request(service: Service) -> None:
    uri = scoring(service)
    script = service.project / "examples/digits/score.py"
    labels = service.models / "triton/digits/labels.txt"

    def change(word: str) -> None:
        script.write_text(script.read_text().replace("def init():", f"# {word}\ndef init():", 1))

    with Load(lambda: ask(uri, SEVEN, BYTES)) as load:
        load.more()
        change("a first edit")
        told = service.preview("--diff").fine().text
        assert "score.py" in told
        service.up().fine()
        load.more()
        labels.write_text(labels.read_text().replace("seven", "SEVEN"))
        service.up().fine()
        load.until(lambda answers: any("SEVEN" in str(answer) for answer in answers))
        service.set(environmentVariables={"WORKER_COUNT": "2"})
        service.up().fine()
        load.more()
        service.set(pipPackages=["numpy", "pillow", "idna==3.10"])
        service.up().fine()
        load.more()
    assert {status for status, _ in load.answers} == {200}, load.answers
    eventually(lambda: len(service.processes("tritonserver")) == 1, "the old ones finished and went")


def test_a_broken_model_script_or_environment_never_takes_over(service: Service) -> None:
    uri = scoring(service)
    script = service.project / "examples/digits/score.py"
    good = script.read_text()
    with Load(lambda: ask(uri, SEVEN, BYTES)) as load:
        load.more()
        script.write_text(good.replace("def init():", "def init():\n    raise ValueError('no such thing')\n", 1))
        fails(service, f"{script}, line 17: init() raised ValueError: no such thing", "scoring.log")
        script.write_text(good.replace("def init():", "def init(:", 1))
        service.preview().refused("score.py")
        script.write_text("import a_package_that_is_not_there\n" + good)
        fails(service, "a_package_that_is_not_there")
        script.write_text(good)

        service.set(pipPackages=["numpy==99.0"])
        service.up().refused("numpy")
        service.set(pipPackages=None)

        model = service.models / "triton/digits/1/model.onnx"
        weights = model.read_bytes()
        model.write_bytes(weights[: len(weights) // 2])
        fails(service, "digits", "triton.log")
        model.write_bytes(weights)
        load.more()
    assert {status for status, _ in load.answers} == {200}, load.answers
    service.up().fine()
    service.preview("--expect-no-changes").fine()


def test_a_script_that_never_returns_from_init_is_given_up_and_the_old_one_serves(service: Service) -> None:
    uri = scoring(service)
    service.set(startupTimeoutSeconds=20)
    script = service.project / "examples/digits/score.py"
    script.write_text(script.read_text().replace("def init():", "def init():\n    import time; time.sleep(3600)\n", 1))
    service.up().refused("20 s", "init")
    assert ask(uri, SEVEN, BYTES)[0] == 200


def test_a_first_start_that_fails_leaves_nothing_running(service: Service) -> None:
    service.set(mode="scoring")
    script = service.project / "examples/digits/score.py"
    script.write_text(script.read_text().replace("def init():", "def init():\n    import os; os._exit(7)\n", 1))
    service.up().refused("a worker ended with status 7 before init() was done")
    assert not service.processes()
    assert not list(service.data.glob("triton-serving/services/*"))


@pytest.mark.parametrize("side", ["primary", "secondary"])
def test_a_key_is_rotated_while_requests_with_the_other_go_on(service: Service, side: str) -> None:
    service.set(authEnabled=True)
    service.up().fine()
    found = service.outputs()
    keys = {"primary": found["primaryKey"], "secondary": found["secondaryKey"]}
    (other,) = {"primary", "secondary"} - {side}
    assert ask(found["healthUri"])[0] == 401
    processes = service.processes("tritonserver")
    with Load(lambda: ask(found["healthUri"], None, bearer(keys[other]))[0]) as load:
        service.set(**{f"{side}Rotation": "2026-11"})
        service.up().fine()
        new = service.outputs()[f"{side}Key"]
        assert new != keys[side]
        assert ask(found["healthUri"], None, bearer(new))[0] == 200
        eventually(lambda: ask(found["healthUri"], None, bearer(keys[side]))[0] == 401, "the old key is refused")
        load.more()
    assert set(load.answers) == {200}
    assert service.processes("tritonserver") == processes
    for place, key in itertools.product(shown(service), {*keys.values(), new}):
        assert key not in place


def fails(service: Service, *reasons: str) -> None:
    """With the script's own traceback, which is what its author needs."""
    outcome = service.up()
    assert outcome.code != 0
    for reason in reasons:
        assert reason in outcome.text, outcome.text


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def shown(service: Service) -> list[str]:
    """Wherever a key must not be: logs, command lines, environments, the state and what was printed."""
    texts = [path.read_text(errors="replace") for path in service.home.glob("logs/*")]
    printed = [path.read_text(errors="replace") for path in (service.folder / "logs").glob("*")]
    texts += [text for text in printed if '"primaryKey":' not in text]  # asked for, with --show-secrets
    for pid in service.processes():
        for what in ("cmdline", "environ"):
            texts.append(Path(f"/proc/{pid}/{what}").read_bytes().decode(errors="replace"))
    texts.append(json.dumps(json.loads(service.export())))
    return texts
