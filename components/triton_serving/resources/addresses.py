"""Where a service is reached: the outputs that every resource has which stands for a service."""

from collections.abc import Sequence
from typing import Any

from ..plan.endpoints import endpoints
from ..plan.service import Mode, ServedModel
from .schema import TEXT, TEXTS, described
from .values import Properties

ADDRESSES: dict[str, Any] = {
    "scoringUri": described(TEXT, "Ends in /score with an entry script; the base without one."),
    "inferUris": described(TEXTS, "For each model and version, digits/1, where it is called in direct mode."),
    "healthUri": described(TEXT, "200 when every model is ready and answers."),
    "swaggerUri": described(TEXT, "The description of /score; empty without an entry script."),
    "grpcTarget": described(TEXT, "Host and port for Triton's gRPC clients in direct mode; else empty."),
}
"""In Pulumi's package schema."""


def addresses(base: str, mode: Mode, models: Sequence[ServedModel]) -> Properties:
    found = endpoints(base, mode, tuple(models))
    return {
        "scoringUri": found.scoring_uri,
        "inferUris": found.infer_uris,
        "healthUri": found.health_uri,
        # Empty where there is none: the engine drops null, and what a state lacks is unknown in every preview.
        "swaggerUri": found.swagger_uri or "",
        "grpcTarget": found.grpc_target or "",
    }
