"""Changes of a service on a real cluster: what is broken never takes over, keys and shares move without a restart."""

import json
from collections import Counter

from parts.asking import ask
from parts.load import Load, eventually
from parts.webservices import Webservice

NOWHERE = "sha256:" + "0" * 64


def test_a_broken_model_script_or_image_never_takes_over_and_the_reason_is_told(webservice: Webservice) -> None:
    webservice.set(mode="scoring")
    webservice.up().fine()
    found = webservice.outputs()
    script = webservice.project / "examples/digits/score.py"
    model = webservice.models / "triton/digits/1/model.onnx"
    good, weights = script.read_text(), model.read_bytes()
    with Load(lambda: webservice.call(found)) as load:
        load.more()
        script.write_text(good.replace("def init():", "def init():\n    raise ValueError('no such thing')\n", 1))
        told = webservice.failed()
        assert "no such thing" in told
        assert "keeps serving" in told
        script.write_text(good.replace("def init():", "def init(:", 1))
        webservice.preview().refused("score.py")
        script.write_text(good)

        model.write_bytes(weights[: len(weights) // 2])
        assert "digits" in webservice.failed()
        model.write_bytes(weights)

        image = webservice.images["environmentImage"].partition("@")[0]
        webservice.set(environmentImage=f"{image}@{NOWHERE}")
        told = webservice.failed()
        assert "is not in its registry" in told
        assert NOWHERE in told
        webservice.set(environmentImage=None)
        load.more()
    assert {status for status, _ in load.answers} == {200}, load.answers  # type: ignore[misc]
    webservice.up().fine()
    webservice.preview("--expect-no-changes").fine()


def test_a_key_is_rotated_without_a_restart_or_a_lost_request(webservice: Webservice) -> None:
    webservice.up().fine()
    found = webservice.outputs()
    pods = webservice.pod_names()
    with Load(lambda: webservice.call(found, "secondaryKey")[0]) as load:
        load.more()
        webservice.set(primaryRotation="2026-11")
        told = webservice.preview("--diff").fine().text
        webservice.up().fine()
        new = webservice.outputs()
        assert new["secondaryKey"] == found["secondaryKey"]
        assert webservice.call(new)[0] == 200
        assert webservice.call(found)[0] == 401
        load.more()
    assert set(load.answers) == {200}, load.answers
    assert webservice.pod_names() == pods
    everything = [told, webservice.export(), webservice.kubectl("get", "pods,configmaps", "--output=json")]
    everything += [log.read_text() for log in webservice.folder.glob("logs/*.err")]
    logs = webservice.kubectl(
        "logs", "--selector=app.kubernetes.io/name=triton-serving", "--all-containers", "--tail=-1"
    )
    for key in (found["primaryKey"], found["secondaryKey"], new["primaryKey"]):
        assert all(key not in text for text in [*everything, logs])


def test_a_candidate_gets_its_share_its_copies_and_those_who_ask_for_it(webservice: Webservice) -> None:
    candidate = webservice.project / "candidate"
    webservice.up().fine()
    webservice.models.rename(candidate)
    webservice.plant_python_model()
    webservice.settings |= {"candidateDirectory": "examples/digits/models"}
    stable = webservice.project / "stable"
    candidate.rename(stable)
    webservice.set(modelDirectory="stable", modelName="digits", candidatePercent=0)
    webservice.up().fine()
    found = webservice.outputs()
    pods = webservice.pod_names()
    assert len(pods) == 2

    def asked(version: str | None = None) -> str:
        headers = {"Authorization": f"Bearer {found['primaryKey']}"}
        headers |= {"x-triton-serving-version": version} if version else {}
        status, text = ask(f"{found['scoringUri']}/v2/models/digits", headers=headers)
        assert status == 200, text
        return "candidate" if json.loads(text)["platform"] == "python" else "stable"

    assert {asked() for _ in range(20)} == {"stable"}
    assert {asked("candidate") for _ in range(5)} == {"candidate"}
    webservice.set(candidatePercent=50)
    webservice.up().fine()
    answers = Counter(asked() for _ in range(100))
    assert min(answers["stable"], answers["candidate"]) > 20
    webservice.set(primaryRotation="2026-11")
    webservice.up().fine()
    found = webservice.outputs()
    assert {asked(version) for version in ("candidate", "stable") for _ in range(5)} == {"candidate", "stable"}
    assert {asked() for _ in range(40)} == {"candidate", "stable"}, "either version knows the new key"
    assert {asked("stable") for _ in range(5)} == {"stable"}
    webservice.set(candidatePercent=100)
    webservice.up().fine()
    assert {asked() for _ in range(20)} == {"candidate"}
    webservice.set(candidatePercent=0)
    webservice.up().fine()
    assert {asked() for _ in range(20)} == {"stable"}
    assert webservice.pod_names() == pods, "a share is moved without a restart"
    webservice.set(candidatePercent=None, candidateDirectory=None)
    webservice.up().fine()
    eventually(lambda: len(webservice.pods()) == 1, "the candidate's pod goes")
    assert {asked() for _ in range(5)} == {"stable"}
