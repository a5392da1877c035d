"""Canaries: a real request to each model version, over and over, because Triton's word is not enough. When the process
of a Python model was killed, 24.10 goes on to say "ready" and fails every request.

They go through a listener of their own, a socket in the pod, because the check of a cluster does not read: there,
Triton's words become a status.
"""

import gzip
import json
import math
from base64 import b64encode
from collections.abc import Sequence
from importlib import resources
from typing import Any

from ...models.backends import PYTHON
from ...models.needs import ModelNeeds
from .. import limits
from ..inference_protocol import BROKEN, BUSY, HEADER_LENGTH, Tensor, binary_request, zeros
from .checks import AGAIN_SECONDS, asked, checked
from .clusters import Cluster, Upstream, here
from .filters import lua
from .listener import Address, inner_listener

TRITON = "canaries"
SECONDS = 5
"""Between two requests to the same instance of a model: seen within some 6 s. Slow models are asked more rarely, so
that it takes at most a twentieth of their time (`canary.lua`)."""
MOST_PER_SECOND = 20
"""Of all models together: 100 instances are asked every 5 s, 1,000 every 50 s."""
MOST_VERSIONS = 500
"""Each takes 54 KB of Envoy's memory and 1.1 KB of its start file, of the 1 MiB that a ConfigMap holds. For the others
counts what Triton says of all together; Python models come first, as only they can be dead without its knowing."""
MOST_AGAIN_PER_SECOND = 500
"""As long as models are not well, which is how they start: 100 of them every 0.2 s, 500 every second."""
TIMEOUT_SECONDS = 60
"""A busy model answers late. It is asked again when this time is over, and dead only when direct calls would have
been given up, too: not before `limits.DIRECT_SECONDS`."""
MOST_BYTES = 4 << 20
"""Of all inputs of a model: Triton takes some milliseconds for so many."""


def canaries(models: Sequence[ModelNeeds], port: int, socket: Address) -> list[Cluster]:
    """One for each version. What cannot be asked for an inference is asked whether it is ready."""
    first = sorted(models, key=lambda one: one.backend != PYTHON)
    versions = [(model, version) for model in first for version in model.versions][:MOST_VERSIONS]
    pace = max(SECONDS, sum(_instances(model) for model, _ in versions) / MOST_PER_SECOND)
    again = max(AGAIN_SECONDS, len(versions) / MOST_AGAIN_PER_SECOND)
    return [_canary(model, version, port, socket, pace, again) for model, version in versions]


def _canary(model: ModelNeeds, version: int, port: int, socket: Address, pace: float, again: float) -> Cluster:
    # Dots divide the names of statistics. A model's name has no tilde.
    name = f"canary/{model.name.replace('.', '~')}/{version}"
    path = f"/v2/models/{model.name}/versions/{version}"
    shapes = [[max(size, 1) for size in one.shape] for one in model.inputs]
    if model.backend != PYTHON or not shapes or sum(8 * math.prod(shape) for shape in shapes) > MOST_BYTES:
        return asked(name, port, f"{path}/ready", interval=pace, again=again)
    return checked(
        name,
        socket,
        _question(
            f"{path}/infer",
            [zeros(one.name, one.datatype, shape) for one, shape in zip(model.inputs, shapes, strict=True)],
        ),
        timeout=TIMEOUT_SECONDS,
        failures=math.ceil(limits.DIRECT_SECONDS / TIMEOUT_SECONDS),
        interval=max(round(pace / _instances(model), 3), 1),
        again=again,
        # Triton gives the requests to the instances in turn: one that is dead must not be forgotten over the others.
        recoveries=1 + 2 * _instances(model),
    )


def answers(socket: Address) -> dict[str, Any]:
    """The listener that canaries go through."""
    route = {"match": {"prefix": "/"}, "route": {"cluster": TRITON, "timeout": "0s"}}
    return inner_listener("canary", socket, [lua(_script())], [route])


def behind_canaries(port: int) -> Cluster:
    """A connection that is open when Triton is told to end is one that it waits for, as long as it may: seen with a
    canary's, which was kept for a second more."""
    return here(Upstream(TRITON, port, requests=1))


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
        "expected_statuses": [{"start": 200, "end": 500}],  # a model may refuse zeros
    }


def _script() -> str:
    script = resources.files(__package__).joinpath("canary.lua").read_text()
    for place, words in (("BUSY_WORDS", BUSY), ("BROKEN_WORDS", BROKEN)):
        script = script.replace(place, ", ".join(json.dumps(one) for one in words))
    return script
