"""Services in Docker's containers as tests see them: an engine, a registry with the images, and a user's program."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from programs.cluster_images import push_images

from .docker_engine import DockerEngine
from .docker_registry import DockerRegistry
from .engine import ROOT, PythonProgram

PROGRAM = """
import json
from pathlib import Path

import pulumi
from triton_serving import LocalWebservice, TritonModelRepository

models = TritonModelRepository("models", {"directory": "examples/digits/models", "name": "digits"})
given = json.loads(Path("given.json").read_text())
service = LocalWebservice("digits", {"model": models.image_ref, "runs_in": "containers", **given})
for name in ("scoring_uri", "infer_uris", "health_uri", "state", "logs", "primary_key", "secondary_key"):
    pulumi.export(name, getattr(service, name))
"""


@dataclass
class Docker:
    engine: DockerEngine
    registry: DockerRegistry
    images: Mapping[str, str]

    @classmethod
    def start(cls, folder: Path) -> Self:
        registry = DockerRegistry(folder / "registry").start()
        engine = DockerEngine(folder / "engine").start()
        return cls(engine, registry, push_images(registry.host))

    def stop(self) -> None:
        self.engine.stop()
        self.registry.stop()


class ContainerProgram(PythonProgram):
    """A program with one service in containers, on a free port."""

    def make_for(self, docker: Docker) -> Self:
        self.make(PROGRAM)
        shutil.copytree(ROOT / "examples", self.project / "examples", dirs_exist_ok=True)
        self.environ["DOCKER_HOST"] = docker.engine.host
        self.engine = docker.engine
        images = {"gateway_image": docker.images["gatewayImage"], "triton_image": docker.images["tritonImage"]}
        self.given: dict[str, Any] = {"port": 0, **images}
        self.set()
        return self

    def set(self, **arguments: Any) -> None:
        """Changes arguments; None takes one back."""
        changed = {**self.given, **arguments}
        self.given = {key: value for key, value in changed.items() if value is not None}
        (self.project / "given.json").write_text(json.dumps(self.given))

    @property
    def models(self) -> Path:
        return self.project / "examples/digits/models"

    @property
    def services(self) -> list[Path]:
        """The folders of services."""
        return list((self.data / "triton-serving" / "services").glob("*"))

    def running(self) -> dict[str, str]:
        """The ids of this service's containers that run, by their parts."""
        (owner,) = (folder.name for folder in self.services)
        return {
            one["Names"][0].removeprefix("/digits-").rpartition("-")[0]: one["Id"]
            for one in self.engine.containers()
            if one["State"] == "running" and one["Labels"].get("triton-serving.service") == owner
        }
