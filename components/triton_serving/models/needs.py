"""What the models of a version ask of the place that they run in: found in a checked directory, kept in its image.

A preview, and a cluster that never sees the directory, read it from the image's config.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .check import Check
from .config import Configured, configure
from .layout import read_layout
from .pbtxt import definitions


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


def needs_of(check: Check) -> Needs:
    layout = read_layout(check.tree)
    inputs = {folder.name: _inputs(configure(check.tree, folder)) for folder in layout.models}
    models = tuple(
        ModelNeeds(
            model.name, model.served, model.backend, model.asks_for_gpu, model.instances, inputs.get(model.name, ())
        )
        for model in check.models
    )
    return Needs(_repository(check, (folder.folder.path for folder in layout.models)), models)


def needs_from(found: Any) -> Needs:
    """Out of its form in JSON. Raises KeyError, TypeError or ValueError for anything else."""
    return Needs(str(found["repository"]), tuple(_model(model) for model in found["models"]))


def _model(found: dict[str, Any]) -> ModelNeeds:
    inputs = tuple(Input(one["name"], one["datatype"], tuple(one["shape"])) for one in found["inputs"])
    return ModelNeeds(**{**found, "versions": tuple(found["versions"]), "inputs": inputs})


def _repository(check: Check, models: Iterable[str]) -> str:
    for path in models:
        return path.rpartition("/")[0]
    return check.tree.root.name


def _inputs(configured: Any) -> tuple[Input, ...]:
    if not isinstance(configured, Configured) or configured.message is None:
        return ()
    message = configured.message
    if message.HasField("sequence_batching") or message.model_transaction_policy.decoupled:
        return ()
    batch = (-1,) if message.max_batch_size > 0 else ()
    return tuple(
        Input(one.name, _datatype(one.data_type), (*batch, *one.dims)) for one in message.input if not one.optional
    )


def _datatype(number: int) -> str:
    name = str(definitions().DataType.Name(number)).removeprefix("TYPE_")
    return "BYTES" if name == "STRING" else name
