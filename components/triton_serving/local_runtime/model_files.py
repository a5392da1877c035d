"""A model version as files: taken out of its image, every byte verified, and laid out for Triton."""

from dataclasses import dataclass
from pathlib import Path

from ..models.work import Work
from ..plan.service import ServedModel


@dataclass(frozen=True)
class ModelFiles:
    digest: str
    model: Path
    """AZUREML_MODEL_DIR: contains the registered folder under its own name."""
    repository: Path
    """Triton's view of it: the same files, with instance groups put on the CPU where the machine has no GPU."""
    models: tuple[ServedModel, ...]
    size: int
    """Bytes of all files."""
    notices: tuple[str, ...]


def fetch_model(reference: str, into: Path, work: Work) -> ModelFiles:
    """Makes `into/<digest>/` from an image by digest (oci-layout:///folder@sha256:… or host/name@sha256:…), unless it is
    there already. Atomic: a run that is stopped leaves nothing that looks whole. Verifies each layer's digest, and that
    the files are exactly those that the image's config lists."""
    raise NotImplementedError
