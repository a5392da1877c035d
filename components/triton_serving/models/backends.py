"""Which backend serves a model and which file it opens, found out the way Triton does."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..rules.problems import Problem
from ..rules.wording import nearest, shown
from .layout import ModelFolder
from .pbtxt import Config


@dataclass(frozen=True)
class Kind:
    """What Triton knows by itself about a backend."""

    file: str | None = None
    """The model file in a version's folder unless default_model_filename names another; None: the backend's affair."""
    platforms: tuple[str, ...] = ()
    """The platforms that go with it; empty: any, Triton does not look."""
    completes: bool = False
    """Whether Triton learns inputs and outputs from the model itself, so that config.pbtxt may lack them."""
    needs_gpu: bool = False


ENSEMBLE = "ensemble"
PYTHON = "python"

KINDS: dict[str, Kind] = {
    "tensorflow": Kind(platforms=("tensorflow_savedmodel", "tensorflow_graphdef"), completes=True),
    "tensorrt": Kind("model.plan", ("tensorrt_plan",), completes=True, needs_gpu=True),
    "onnxruntime": Kind("model.onnx", ("onnxruntime_onnx",), completes=True),
    "openvino": Kind("model.xml", completes=True),
    "pytorch": Kind("model.pt", ("pytorch_libtorch", "torch_aoti")),
    PYTHON: Kind("model.py"),  # completes where model.py has auto_complete_config
    "vllm": Kind("model.json", completes=True),
    "tensorrtllm": Kind(completes=True, needs_gpu=True),
    "dali": Kind(completes=True),
    "fil": Kind(),
    "identity": Kind(),
    "repeat": Kind(),
    "square": Kind(),
}
"""The backends of NVIDIA's server images; another one has to come along inside the model's folder."""

PLATFORM_FILES = {
    "tensorflow_savedmodel": "model.savedmodel",
    "tensorflow_graphdef": "model.graphdef",
    "torch_aoti": "model.pt2",
}
KNOWN_FILES = {
    "model.savedmodel": ("tensorflow", "tensorflow_savedmodel"),
    "model.graphdef": ("tensorflow", "tensorflow_graphdef"),
    "model.plan": ("tensorrt", ""),
    "model.onnx": ("onnxruntime", ""),
    "model.xml": ("openvino", ""),
    "model.pt": ("pytorch", ""),
    "model.pt2": ("pytorch", "torch_aoti"),
    "model.py": (PYTHON, ""),
}
"""In the order in which Triton looks for them when nothing says what a model is."""


@dataclass(frozen=True)
class Backend:
    name: str
    """onnxruntime, python …; 'ensemble' for an ensemble; empty where nothing tells."""
    platform: str
    file: str | None
    """The model file in a version's folder; None where the backend decides."""

    @property
    def kind(self) -> Kind:
        return KINDS.get(self.name, Kind())

    @property
    def completes(self) -> bool:
        """Of a backend that is not known here, nothing can be asked."""
        if self.name == ENSEMBLE or self.platform == "tensorflow_graphdef":
            return False
        return self.name not in KINDS or self.kind.completes


def find_backend(message: Any | None, model: ModelFolder) -> Backend:
    """`message` is the model's configuration, None where the model has none."""
    name = platform = file = runtime = ""
    if message is not None:
        name, platform, runtime = message.backend, message.platform, message.runtime
        file = message.default_model_filename
    if platform == ENSEMBLE:
        return Backend(ENSEMBLE, platform, None)
    if not name and not platform and not file:
        # Triton looks into the first folder by name, whether or not it is a version that will be served.
        first = model.folder.folders[min(model.folder.folders)]
        file = next((known for known in KNOWN_FILES if known in first.files or known in first.folders), "")
        suffix = model.name.partition(".")[2]
        if not file and suffix:  # a model named anything.identity is served by the backend identity
            name, file = suffix, f"model.{suffix}"
    elif name == "tensorflow" and not platform:
        first = model.folder.folders[min(model.folder.folders)]
        graph = file == "model.graphdef" or (not file and "model.graphdef" in first.files)
        platform = "tensorflow_graphdef" if graph else "tensorflow_savedmodel"
    if not name and not platform:
        name, platform = KNOWN_FILES.get(file, ("", ""))
    elif not name:
        name = next((known for known, kind in KINDS.items() if platform in kind.platforms), "")
    if runtime.endswith(".py"):  # such a backend is Python code, and the weights are its own affair
        return Backend(name, platform, runtime)
    return Backend(name, platform, file or PLATFORM_FILES.get(platform) or KINDS.get(name, Kind()).file)


def backend_problems(config: Config, model: ModelFolder, backend: Backend) -> Iterator[Problem]:
    message = config.message
    if message.platform == ENSEMBLE:
        if message.backend:
            yield config.problem(
                ("backend",),
                f"an ensemble must not have a backend (got '{shown(message.backend)}')",
                "remove 'backend'; an ensemble only joins other models",
                "backend-unknown",
            )
        return
    if not backend.name:
        yield _undecided(config)
    elif backend.name not in KINDS:
        if not _comes_along(backend.name, model):
            near = nearest(backend.name, KINDS)
            library = f"libtriton_{shown(backend.name)}.so"
            yield config.problem(
                ("backend",),
                f"'backend' must be one that the server has (got '{shown(backend.name)}')",
                f"write '{near}'"
                if near
                else f"write one of {', '.join(KINDS)}; or put {library} into the model's folder",
                "backend-unknown",
            )
    elif message.platform and backend.kind.platforms and message.platform not in backend.kind.platforms:
        yield config.problem(
            ("platform",),
            f"'platform' must go with the backend {backend.name}: {' or '.join(backend.kind.platforms)} "
            f"(got '{shown(message.platform)}')",
            "remove 'platform', or correct one of the two",
            "backend-platform",
        )


def _undecided(config: Config) -> Problem:
    message = config.message
    if message.platform:
        platforms = [platform for kind in KINDS.values() for platform in kind.platforms] + [ENSEMBLE]
        near = nearest(message.platform, platforms)
        return config.problem(
            ("platform",),
            f"'platform' must be one that Triton knows (got '{shown(message.platform)}')",
            f"write '{near}'" if near else "set 'backend' instead",
            "backend-unknown",
        )
    return config.problem(
        ("default_model_filename",),
        "the configuration must name a backend, since no version holds a file that tells (model.onnx, model.py …)",
        'add a line like backend: "onnxruntime"; an ensemble has platform: "ensemble"',
        "backend-unknown",
    )


def _comes_along(name: str, model: ModelFolder) -> bool:
    """Whether the model's folder brings its own backend, as a library or as Python code beside config.pbtxt."""
    library = f"libtriton_{name}.so"
    return (
        library in model.folder.files
        or "model.py" in model.folder.files
        or any(library in model.version(version).files for version in model.versions)
    )
