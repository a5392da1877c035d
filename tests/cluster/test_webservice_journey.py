"""A model becomes an endpoint on a real cluster, in each of the three modes, and is taken away again."""

import json

import numpy as np
import pytest
import tritonclient.grpc
import tritonclient.http
from parts.asking import ask
from parts.cluster import SharedCluster
from parts.load import Load
from parts.webservices import Webservice


def test_direct_mode_serves_the_unmodified_clients_behind_keys_and_leaves_nothing(
    webservice: Webservice, cluster: SharedCluster
) -> None:
    told = webservice.preview("--diff").fine().text
    for part in ("Deployment", "NetworkPolicy", "PodDisruptionBudget", "surge: the service asks for no GPU"):
        assert part in told
    assert cluster.get("namespace", webservice.service) == {}

    webservice.up().fine()
    found = webservice.outputs()
    base = found["scoringUri"]
    assert found["state"] == "Healthy"
    assert found["modelDigest"] == found["digest"]
    status, text = webservice.call(found)
    assert (status, ":7:seven" in text) == (200, True)
    assert webservice.call(found, "secondaryKey")[0] == 200
    assert ask(found["healthUri"])[0] == 401
    assert ask(f"{base}/v2/repository/index", b"{}", bearer(found))[0] == 404
    use_the_clients(found)
    for key in (found["primaryKey"], found["secondaryKey"]):
        assert key not in told
        assert key not in webservice.export()

    webservice.up("--expect-no-changes").fine()
    webservice.refresh().fine()
    webservice.preview("--expect-no-changes").fine()

    webservice.destroy().fine()
    assert cluster.get("namespace", webservice.service).get("status", {}).get("phase") in (None, "Terminating")
    assert (
        json.loads(cluster.kubectl("get", "pods", f"--namespace={webservice.service}", "--output=json"))["items"] == []
    )


def test_an_entry_script_serves_with_and_without_triton_and_edits_lose_no_request(webservice: Webservice) -> None:
    webservice.set(mode="scoring")
    webservice.up().fine()
    found = webservice.outputs()
    assert webservice.call(found) == (200, "7 : seven")
    assert ask(found["swaggerUri"], headers=bearer(found))[0] == 200
    script = webservice.project / "examples/digits/score.py"
    labels = webservice.models / "triton/digits/labels.txt"
    with Load(lambda: webservice.call(found)) as load:
        load.more()
        script.write_text(script.read_text().replace("def init():", "# an edit\ndef init():", 1))
        told = webservice.preview("--diff").fine().text
        assert "# an edit" in told
        webservice.up().fine()
        load.more()
        labels.write_text(labels.read_text().replace("seven", "SEVEN"))
        webservice.up().fine()
        load.until(lambda answers: (200, "7 : SEVEN") in answers)
    assert {status for status, _ in load.answers} == {200}, load.answers  # type: ignore[misc]

    webservice.set(mode="script")
    webservice.up().fine()
    status, text = webservice.call(webservice.outputs())
    assert status == 200, text
    assert [container["name"] for container in webservice.pods()[0]["spec"]["containers"]] == ["scoring"]


def test_a_model_is_copied_and_verified_where_the_kubelet_cannot_mount_it(webservice: Webservice) -> None:
    webservice.set(modelDelivery="copy")
    webservice.up().fine()
    assert webservice.call(webservice.outputs())[0] == 200
    (pod,) = webservice.pods()
    assert not [volume for volume in pod["spec"]["volumes"] if "image" in volume]


def test_every_mistake_is_told_at_once_before_anything_is_made(webservice: Webservice, cluster: SharedCluster) -> None:
    webservice.set(strategy="rolling", gpuCores=99, gatewayImage="envoy:latest", hostName="https://x", memoryGb="-1")
    webservice.preview().refused("'strategy'", "'gpuCores'", "'gatewayImage'", "'hostName'", "'memoryGb'")
    webservice.set(strategy=None, gpuCores=8, gatewayImage=None, hostName=None, memoryGb=None)
    webservice.up().refused("nvidia.com/gpu")
    assert cluster.get("namespace", webservice.service) == {}


def use_the_clients(found: dict[str, str]) -> None:
    headers = bearer(found)
    with tritonclient.http.InferenceServerClient(found["scoringUri"].removeprefix("http://")) as client:
        assert client.is_model_ready("digits", "1", headers=headers)
        pixels = tritonclient.http.InferInput("pixels", [2, 64], "FP32")
        pixels.set_data_from_numpy(np.zeros((2, 64), np.float32))
        best = tritonclient.http.InferRequestedOutput("probabilities", class_count=3)
        assert client.infer("digits", [pixels], outputs=[best], headers=headers).as_numpy("probabilities").shape == (
            2,
            3,
        )
    lower = {"authorization": bearer(found)["Authorization"]}  # the HTTP client has added to its own
    with tritonclient.grpc.InferenceServerClient(found["grpcTarget"]) as client:
        assert client.is_model_ready("digits", headers=lower)
        with pytest.raises(tritonclient.grpc.InferenceServerException, match="keys"):
            client.is_model_ready("digits")


def bearer(found: dict[str, str]) -> dict[str, str]:
    return {"Authorization": f"Bearer {found['primaryKey']}"}
