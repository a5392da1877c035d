"""The real Pulumi CLI on a project folder of its own: own state, caches and data, nothing of whoever runs the tests."""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from programs.pulumi_plugin import Plugin

from .asking import ask
from .operation import Outcome, Running

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / ".tools" / "bin"
NEEDED = {"directory": "examples/digits/models", "name": "digits"}
"""Inputs without which there is no TritonModelRepository."""
SETTINGS = {
    "directory": "modelDirectory",
    "name": "modelName",
    "description": "modelDescription",
    "tags": "modelTags",
}
"""Inputs whose setting in Pulumi.yaml has another name."""
ACTIVE = ("PULUMI_", "XDG_", "AWS_", "AZURE_")
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


class Stack:
    """One stack. Those with the same folder share project, state, caches and data, as the stacks of one user do."""

    def __init__(self, folder: Path, name: str = "e2e") -> None:
        if not (TOOLS / "pulumi").exists():
            raise RuntimeError("Pulumi is not set up in this checkout: run `make setup`")
        self.folder = folder
        self.name = name
        self.project = folder / "project"
        self.data = folder / "data"
        self.cache = folder / "cache"
        self.state = folder / "state"
        self.docker_config = folder / "docker"
        kept = {key: value for key, value in os.environ.items() if not key.startswith(ACTIVE)}
        self.environ = {
            **{key: value for key, value in kept.items() if key.lower() not in PROXIES},
            "PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}",
            "DOCKER_CONFIG": str(self.docker_config),
            "XDG_DATA_HOME": str(self.data),
            "XDG_CACHE_HOME": str(self.cache),
            "UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR", str(Path.home() / ".cache" / "uv")),
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": f"file://{quote(str(self.state))}",
            "PULUMI_STACK": name,
            "PULUMI_CONFIG_PASSPHRASE": "of the tests",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        self._runs = 0

    def up(self, *options: str) -> Outcome:
        return self.pulumi("up", "--yes", "--skip-preview", *options)

    def preview(self, *options: str) -> Outcome:
        return self.pulumi("preview", *options)

    def refresh(self) -> Outcome:
        return self.pulumi("refresh", "--yes", "--skip-preview")

    def destroy(self) -> Outcome:
        return self.pulumi("destroy", "--yes", "--skip-preview")

    def outputs(self) -> dict[str, Any]:
        return dict(json.loads(self.pulumi("stack", "output", "--json", "--show-secrets").fine().out))

    def export(self) -> str:
        return self.pulumi("stack", "export").fine().out

    def pulumi(self, *arguments: str) -> Outcome:
        return self.start(*arguments).outcome()

    def start(self, *arguments: str, wrapper: tuple[str, ...] = ()) -> Running:
        self._runs += 1
        command = [*wrapper, str(TOOLS / "pulumi"), *arguments, "--non-interactive", "--color=never"]
        self._log.parent.mkdir(exist_ok=True)
        return Running([*command], self.project, self.environ, self._log)

    @property
    def told(self) -> str:
        """What the last operation has told so far."""
        return self._log.with_suffix(".out").read_text(errors="replace")

    @property
    def _log(self) -> Path:
        return self.folder / "logs" / f"{self.name}-{self._runs}"

    @property
    def state_file(self) -> Path:
        (file,) = (self.state / ".pulumi" / "stacks").glob(f"*/{self.name}.json")
        return file

    @property
    def locks(self) -> list[Path]:
        return [path for path in (self.state / ".pulumi" / "locks").rglob("*") if path.is_file()]

    def resource(self, kind: str) -> dict[str, Any]:
        """The one resource of a type in the state, as it lies there."""
        resources = json.loads(self.export())["deployment"].get("resources", [])
        (found,) = [one for one in resources if one["type"].endswith(f":{kind}")]
        return dict(found)

    def _init(self) -> Self:
        self.state.mkdir(parents=True, exist_ok=True)
        for name in ("kubernetes", "docker"):
            Plugin(name).link((TOOLS / f"pulumi-{name}").resolve(), self.folder / "home")
        self.pulumi("stack", "init", self.name).fine()
        return self


class ServiceProgram(Stack):
    """The project's own program, as `make up` runs it: components in the program's process, settings as inputs."""

    def __init__(self, folder: Path, name: str = "e2e") -> None:
        super().__init__(folder, name)
        self.settings: dict[str, Any] = {}

    def make(self) -> Self:
        if not self.project.exists():
            make_project(self.project)
            shutil.copytree(ROOT / "examples", self.project / "examples", dirs_exist_ok=True)
            shutil.copy(ROOT / "Pulumi.yaml", self.project)
            (self.project / "stacks").mkdir()
            for file in (ROOT / "stacks").glob("*.py"):
                shutil.copy(file, self.project / "stacks")
        self._init()
        self._salt = self._config.read_text()
        return self

    def set(self, **settings: Any) -> None:
        """Changes settings; None takes one back."""
        self.settings = {key: value for key, value in {**self.settings, **settings}.items() if value is not None}
        self.configure(self.settings)

    def configure(self, settings: Mapping[str, Any]) -> None:
        lines = [f"  triton-serving:{key}: {json.dumps(value)}\n" for key, value in settings.items()]
        self._config.write_text("".join([self._salt, "config:\n" if lines else "", *lines]))

    def call(self, outputs: Mapping[str, Any], key: str = "primaryKey") -> tuple[int, str]:
        """The request that the stack suggests."""
        request = outputs["request"]
        base = str(outputs["scoringUri"]).removesuffix("/score")
        headers = {"Content-Type": request["contentType"], "Authorization": f"Bearer {outputs[key]}"}
        return ask(base + request["path"], (self.project / request["file"]).read_bytes(), headers)

    @property
    def models(self) -> Path:
        return self.project / "examples/digits/models"

    @property
    def _config(self) -> Path:
        return self.project / "stacks" / f"Pulumi.{self.name}.yaml"


class ModelsProgram(ServiceProgram):
    """The same settings, and of the components only the repository of models: what needs no service is done sooner."""

    PROGRAM = """
import pulumi
from settings import Settings
from triton_serving import TritonModelRepository

models = TritonModelRepository("models", Settings.load().model_repository)
pulumi.export("imageRef", models.image_ref)
pulumi.export("digest", models.digest)
pulumi.export("version", models.version)
pulumi.export("models", models.models)
"""

    def make(self) -> Self:
        super().make()
        (self.project / "stacks" / "__main__.py").write_text(self.PROGRAM)
        return self

    def declare(self, **inputs: Any) -> None:
        """Says anew what TritonModelRepository is to be given."""
        named = {"name": "digits", **inputs} if "directory" in inputs else inputs
        self.configure({SETTINGS.get(name, name): value for name, value in named.items()})


class YamlProgram(Stack):
    """A program without code: the plugin hosts the component."""

    def make(self) -> Self:
        make_project(self.project)
        self.declare()
        return self._init()

    def declare(self, **inputs: Any) -> None:
        digits = {"type": "triton-serving:index:TritonModelRepository", "properties": {**NEEDED, **inputs}}
        outputs = {name: f"${{digits.{name}}}" for name in ("imageRef", "digest", "version", "models")}
        self.write({"resources": {"digits": digits}, "outputs": outputs})

    def write(self, program: Mapping[str, Any]) -> None:
        head = {"name": "from-yaml", "runtime": "yaml", "packages": {"triton-serving": "./components"}}
        (self.project / "Pulumi.yaml").write_text(json.dumps({**head, **program}))  # JSON is YAML

    def call(self, outputs: Mapping[str, Any], key: str = "primaryKey") -> tuple[int, str]:
        """The request that the stack suggests."""
        request = outputs["request"]
        base = str(outputs["scoringUri"]).removesuffix("/score")
        headers = {"Content-Type": request["contentType"], "Authorization": f"Bearer {outputs[key]}"}
        return ask(base + request["path"], (self.project / request["file"]).read_bytes(), headers)

    @property
    def models(self) -> Path:
        return self.project / "examples/digits/models"


class PythonProgram(Stack):
    """A program of a user, in one file."""

    def make(self, program: str) -> Self:
        make_project(self.project)
        head = {"name": "of-a-user", "packages": {"triton-serving": "./components"}}
        runtime = {"name": "python", "options": {"toolchain": "uv"}}
        (self.project / "Pulumi.yaml").write_text(json.dumps({**head, "runtime": runtime}))
        (self.project / "__main__.py").write_text(program)
        return self._init()


def make_project(folder: Path) -> None:
    """What every program needs: the components under test, their Python packages, and models to register.

    Without pyproject.toml, so that Pulumi takes the virtual environment as it is instead of bringing it up to date
    (`uv sync`) before every program and plugin, in many tests at once.
    """
    (folder / "examples/digits").mkdir(parents=True)
    shutil.copytree(ROOT / "examples/digits/models", folder / "examples/digits/models")
    for name in ("components", "uv.lock", ".venv"):
        (folder / name).symlink_to(ROOT / name)
