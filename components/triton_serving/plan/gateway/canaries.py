"""Canaries: a real request to each model version, over and over, because Triton's word is not enough. When the process
of a Python model was killed, 24.10 goes on to say "ready" and fails every request."""

import gzip
import math
from base64 import b64encode
from collections.abc import Sequence

from ...models.backends import PYTHON
from ...models.needs import ModelNeeds
from .. import limits
from ..inference_protocol import HEADER_LENGTH, Tensor, binary_request, zeros
from .checks import asked, checked
from .clusters import Cluster

SECONDS = 5
"""Between two requests to the same instance of a model: seen within some 6 s, at 0.2 requests a second."""
MOST_PER_SECOND = 20
"""Of all models together: 100 instances are asked every 5 s, 1,000 every 50 s."""
MOST_VERSIONS = 500
"""Each takes Envoy 25 KB of memory and its start file 1 KB, of the 1 MiB that a ConfigMap holds. For the others counts
what Triton says of all of them together; Python models come first, as only they can be dead without its knowing."""
TIMEOUT_SECONDS = 60
"""A busy model answers late. It is asked again when this time is over, and dead only when direct calls would have
been given up, too: not before `limits.DIRECT_SECONDS`."""
MOST_BYTES = 4 << 20
"""Of all inputs of a model: Triton takes some milliseconds for so many."""


def canaries(models: Sequence[ModelNeeds], port: int) -> list[Cluster]:
    """One for each version. What cannot be asked for an inference is asked whether it is ready."""
    first = sorted(models, key=lambda one: one.backend != PYTHON)
    versions = [(model, version) for model in first for version in model.versions][:MOST_VERSIONS]
    pace = max(SECONDS, sum(_instances(model) for model, _ in versions) / MOST_PER_SECOND)
    return [_canary(model, version, port, pace) for model, version in versions]


def _canary(model: ModelNeeds, version: int, port: int, pace: float) -> Cluster:
    # Dots divide the names of statistics. A model's name has no tilde.
    name = f"canary/{model.name.replace('.', '~')}/{version}"
    path = f"/v2/models/{model.name}/versions/{version}"
    shapes = [[max(size, 1) for size in one.shape] for one in model.inputs]
    if model.backend != PYTHON or not shapes or sum(8 * math.prod(shape) for shape in shapes) > MOST_BYTES:
        return asked(name, port, f"{path}/ready", interval=pace)
    return checked(
        name,
        port,
        _question(
            f"{path}/infer",
            [zeros(one.name, one.datatype, shape) for one, shape in zip(model.inputs, shapes, strict=True)],
        ),
        timeout=TIMEOUT_SECONDS,
        failures=math.ceil(limits.DIRECT_SECONDS / TIMEOUT_SECONDS),
        interval=max(round(pace / _instances(model), 3), 1),
        # Triton gives the requests to the instances in turn: one that is dead must not be forgotten over the others.
        recoveries=1 + 2 * _instances(model),
    )


def _instances(model: ModelNeeds) -> int:
    return max(model.instances, 1)


def _question(path: str, inputs: Sequence[Tensor]) -> dict[str, object]:
    """Inputs go as bytes, which takes Triton no time, and compressed, so that zeros take no room; outputs come in JSON,
    which a wrong NumPy cannot write."""
    body, head = binary_request(inputs, {})
    return {
        "path": path,
        "method": "POST",
        "send": {"binary": b64encode(gzip.compress(body, mtime=0)).decode()},
        "request_headers_to_add": [
            {"header": {"key": key, "value": value}}
            for key, value in (("content-encoding", "gzip"), (HEADER_LENGTH.lower(), str(head)))
        ],
        # A model may refuse zeros, and is alive; 503 says that its queue is full. The process that died says 500.
        "expected_statuses": [{"start": 200, "end": 500}, {"start": 503, "end": 504}],
    }
