"""The request that a canary makes, decided from what Triton itself says of a model."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..plan.inference_protocol import Tensor, zeros

MOST_BYTES = 64 << 20
"""Of all inputs; larger requests do not get to the model anyway."""
SEQUENCE = 0x7472_6974_6F6E_6361
"""Identity of the canary's sequences, which nobody else has by chance."""

Json = Mapping[str, Any]


class LeftOut(Exception):
    """Why no request can be made up for a model."""


@dataclass(frozen=True)
class Question:
    inputs: tuple[Tensor, ...]
    parameters: Mapping[str, Any]
    own: bool
    """Whether the model itself names this request, in its model_warmup."""
    shared: bool
    """Whether the model may answer it together with requests of others."""


def question(metadata: Json, config: Json) -> Question:
    """The model's first warm-up sample, as far as it can be known here; else zeros and empty texts."""
    if config.get("model_transaction_policy", {}).get("decoupled"):
        raise LeftOut("it is decoupled: it may answer one request with any number of answers")
    sample: Json = next(iter(config.get("model_warmup", ())), {})
    samples: Mapping[str, Json] = sample.get("inputs", {})
    optional = {entry["name"] for entry in config.get("input", ()) if entry.get("optional")}
    needed = [
        entry for entry in metadata.get("inputs", ()) if entry["name"] not in optional or entry["name"] in samples
    ]
    batched = config.get("max_batch_size", 0) > 0
    inputs = [
        (entry["name"], entry["datatype"], _shape(entry, samples, max(int(sample.get("batch_size", 1)), 1), batched))
        for entry in needed or metadata.get("inputs", ())
    ]
    if sum(8 * math.prod(shape) for _, _, shape in inputs) > MOST_BYTES:
        raise LeftOut("its inputs are too large to be made up")
    return Question(
        inputs=tuple(zeros(*described) for described in inputs),
        parameters=_sequence(config),
        own=bool(samples) and all(given.get("zero_data") for given in samples.values()),
        shared=config.get("max_batch_size", 0) > 1,
    )


def _shape(entry: Json, samples: Mapping[str, Json], batch: int, batched: bool) -> list[int]:
    if entry["name"] in samples:
        dims = [int(size) for size in samples[entry["name"]].get("dims", ())]
        return [batch, *dims] if batched else dims
    shape = [max(int(size), 1) for size in entry["shape"]]
    return [batch, *shape[1:]] if batched and samples else shape


def _sequence(config: Json) -> dict[str, Any]:
    if "sequence_batching" not in config:
        return {}
    controls = (
        control for given in config["sequence_batching"].get("control_input", ()) for control in given["control"]
    )
    textual = any(
        control.get("kind") == "CONTROL_SEQUENCE_CORRID" and control.get("data_type") == "TYPE_STRING"
        for control in controls
    )
    return {
        "sequence_id": str(SEQUENCE) if textual else SEQUENCE,
        "sequence_start": True,
        "sequence_end": True,
    }
