"""What the models of a version ask of the place that they run in: kept in the config of its image.

A preview, and a cluster that never sees the model directory, read it from there.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Input:
    name: str
    datatype: str
    """As Triton's protocol has it: FP32, BYTES."""
    shape: tuple[int, ...]
    """With the batch dimension, if there is one; -1 is any size."""


@dataclass(frozen=True)
class ModelNeeds:
    name: str
    versions: tuple[int, ...]
    """Those that Triton serves, ascending."""
    backend: str
    asks_for_gpu: bool
    instances: int
    inputs: tuple[Input, ...] = ()
    """What a request has to hold. Empty where the configuration does not say, or where one request by itself means
    nothing (sequences, decoupled models)."""


@dataclass(frozen=True)
class Needs:
    repository: str
    """Triton's model repository inside of the image: models/triton."""
    models: tuple[ModelNeeds, ...]


def needs_from(found: Any) -> Needs:
    """Out of its form in JSON. Raises KeyError, TypeError or ValueError for anything else."""
    return Needs(str(found["repository"]), tuple(_model(model) for model in found["models"]))


def _model(found: dict[str, Any]) -> ModelNeeds:
    inputs = tuple(Input(one["name"], one["datatype"], tuple(one["shape"])) for one in found["inputs"])
    return ModelNeeds(**{**found, "versions": tuple(found["versions"]), "inputs": inputs})
