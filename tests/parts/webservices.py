"""Services on the cluster of the tests: the project's own program on the stack `kubernetes`."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Self
from uuid import uuid4

from .cluster import Manifest, SharedCluster
from .engine import ServiceProgram


class Webservice(ServiceProgram):
    def __init__(self, folder: Path, cluster: SharedCluster, images: Mapping[str, str]) -> None:
        super().__init__(folder, "kubernetes")
        self.cluster, self.images = cluster, images
        self.service = f"digits-{uuid4().hex[:6]}"

    def make(self) -> Self:
        super().make()
        left = self.project / ".cluster"
        left.mkdir()
        place = {"kubeconfig": str(self.cluster.kubeconfig), "registry": self.cluster.registry}
        (left / "settings.json").write_text(json.dumps({**place, **self.images}))
        self.set(serviceName=self.service)
        return self

    def failed(self) -> str:
        """What an update says that fails."""
        outcome = self.up()
        assert outcome.code != 0, outcome.text
        return outcome.text

    def kubectl(self, *words: str) -> str:
        return self.cluster.kubectl(*words, f"--namespace={self.service}")

    def pods(self) -> list[Manifest]:
        """Those that are not on their way out."""
        listed = json.loads(self.kubectl("get", "pods", "--output=json"))["items"]
        return [pod for pod in listed if "deletionTimestamp" not in pod["metadata"]]

    def ready_names(self) -> frozenset[str]:
        return frozenset(
            str(pod["metadata"]["name"])
            for pod in self.pods()
            for condition in pod["status"].get("conditions", ())
            if condition["type"] == "Ready" and condition["status"] == "True"
        )

    def pod_names(self) -> frozenset[str]:
        return frozenset(str(pod["metadata"]["name"]) for pod in self.pods())

    def plant_python_model(self) -> None:
        """Puts a model that runs in Python, and doubles, in the place of the example's."""
        folder = self.models / "triton" / "digits"
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "1").mkdir(parents=True)
        (folder / "1" / "model.py").write_text(TWICE)
        (folder / "config.pbtxt").write_text(PYTHON_CONFIG)


PYTHON_CONFIG = """backend: "python"
input [ { name: "x" data_type: TYPE_FP32 dims: [ 1 ] } ]
output [ { name: "y" data_type: TYPE_FP32 dims: [ 1 ] } ]
"""
TWICE = """
import triton_python_backend_utils as pb


class TritonPythonModel:
    def execute(self, requests):
        answers = []
        for request in requests:
            x = pb.get_input_tensor_by_name(request, "x").as_numpy()
            answers.append(pb.InferenceResponse([pb.Tensor("y", 2 * x)]))
        return answers
"""
