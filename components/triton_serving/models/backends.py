"""Which backend serves a model and which file it opens, found out the way Triton does."""

from dataclasses import dataclass
from typing import Any

from .layout import ModelFolder


@dataclass(frozen=True)
class Kind:
    """What Triton knows by itself about a backend."""

    file: str | None
    """The model file in a version's folder unless default_model_filename names another; None: the backend's affair."""
    platforms: tuple[str, ...] = ()
    """The platforms that go with it; empty: any, Triton does not look."""
    completes: bool = False
    """Whether Triton reads inputs and outputs from the model itself, so that config.pbtxt may lack them."""


ENSEMBLE = "ensemble"

KINDS: dict[str, Kind] = {
    "tensorflow": Kind(None, ("tensorflow_savedmodel", "tensorflow_graphdef"), completes=True),
    "tensorrt": Kind("model.plan", ("tensorrt_plan",), completes=True),
    "onnxruntime": Kind("model.onnx", ("onnxruntime_onnx",), completes=True),
    "openvino": Kind("model.xml", completes=True),
    "pytorch": Kind("model.pt", ("pytorch_libtorch", "torch_aoti")),
    "python": Kind("model.py"),
    "vllm": Kind("model.json", completes=True),
    "tensorrtllm": Kind(None, completes=True),
    "dali": Kind(None, completes=True),
    "fil": Kind(None),
    "identity": Kind(None),
    "repeat": Kind(None),
    "square": Kind(None),
}
"""The backends of NVIDIA's server images; another one has to come along inside the model's folder."""

PLATFORM_FILES = {
    "tensorflow_savedmodel": "model.savedmodel",
    "tensorflow_graphdef": "model.graphdef",
    "torch_aoti": "model.pt2",
}
_FILES = {
    "model.savedmodel": ("tensorflow", "tensorflow_savedmodel"),
    "model.graphdef": ("tensorflow", "tensorflow_graphdef"),
    "model.plan": ("tensorrt", ""),
    "model.onnx": ("onnxruntime", ""),
    "model.xml": ("openvino", ""),
    "model.pt": ("pytorch", ""),
    "model.pt2": ("pytorch", "torch_aoti"),
    "model.py": ("python", ""),
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
    def completes(self) -> bool:
        return self.name in KINDS and KINDS[self.name].completes and self.platform != "tensorflow_graphdef"


def find_backend(message: Any | None, model: ModelFolder) -> Backend:
    """`message` is the model's configuration, None where the model has none."""
    name, platform, file = (
        ("", "", "")
        if message is None
        else (
            message.backend,
            message.platform,
            message.default_model_filename,
        )
    )
    if platform == ENSEMBLE:
        return Backend(name or ENSEMBLE, platform, None)
    if not name and not platform and not file:
        # Triton looks into the first folder by name, whether or not it is a version that will be served.
        first = model.folder.folders[min(model.folder.folders)]
        file = next((known for known in _FILES if known in first.files or known in first.folders), "")
    if not name and not platform:
        name, platform = _FILES.get(file, ("", ""))
    elif not name:
        name = next((kind for kind, known in KINDS.items() if platform in known.platforms), "")
    if message is not None and message.runtime.endswith(".py"):
        return Backend(name, platform, message.runtime)
    return Backend(name, platform, file or PLATFORM_FILES.get(platform) or _default_file(name))


def _default_file(name: str) -> str | None:
    return KINDS[name].file if name in KINDS else None
