"""LocalService in Pulumi's package schema."""

from typing import Any

_TEXT: dict[str, Any] = {"type": "string"}
_NUMBER: dict[str, Any] = {"type": "integer"}
_SWITCH: dict[str, Any] = {"type": "boolean"}
_TEXTS: dict[str, Any] = {"type": "object", "additionalProperties": _TEXT}


def _described(kind: dict[str, Any], text: str, *, secret: bool = False) -> dict[str, Any]:
    return {**kind, "description": text, **({"secret": True} if secret else {})}


SCHEMA: dict[str, Any] = {
    "description": "A model, with an entry script if wanted, served on this machine by processes that outlive the "
    "deployment. Made by LocalWebservice, which is what programs should declare. Every change updates in place.",
    "inputProperties": {
        "name": _described(_TEXT, "The service's name."),
        "model": _described(_TEXT, "The model version as an image by digest."),
        "mode": _described(_TEXT, "direct, scoring or script. Defaults to scoring with an entry script, else direct."),
        "entryScript": _described(_TEXT, "The file with init() and run()."),
        "sourceDirectory": _described(_TEXT, "The folder that goes along with the entry script."),
        "environment": _described(_TEXT, "The environmentRef of a ScoringEnvironment."),
        "environmentVariables": _described(_TEXTS, "Variables of the entry script's processes."),
        "port": _described(_NUMBER, "Where the service listens, on this machine only. 0 is any free one."),
        "authEnabled": _described(_SWITCH, "Whether callers must show one of two keys."),
        "primaryKey": _described(_TEXT, "The primary key.", secret=True),
        "secondaryKey": _described(_TEXT, "The secondary key.", secret=True),
        "scoringTimeoutMs": _described(_NUMBER, "In which run() must have answered."),
        "startupTimeoutSeconds": _described(_NUMBER, "In which Triton, then the entry script, must be ready."),
        "allowPlainHttp": _described(_SWITCH, "Fetch the model from a distant registry without encryption."),
        "description": _described(_TEXT, "What the service is for."),
    },
    "requiredInputs": ["name"],
    "properties": {
        "scoringUri": _described(_TEXT, "Ends in /score with an entry script; the base without one."),
        "inferUris": _described(_TEXTS, "For each model and version, digits/1, where it is called in direct mode."),
        "healthUri": _described(_TEXT, "200 when every model is ready and answers."),
        "swaggerUri": _described(_TEXT, "The description of /score; empty without an entry script."),
        "grpcTarget": _described(_TEXT, "Host and port for Triton's gRPC clients in direct mode; else empty."),
        "state": _described(_TEXT, "Healthy, Transitioning or Unhealthy."),
        "modelDigest": _described(_TEXT, "The digest of the model that serves; empty without one."),
        "logs": _described(_TEXT, "The folder with the logs of gateway, Triton, entry script and supervisor."),
        "files": _described(_TEXTS, "The entry script and what goes along, with sizes and fingerprints."),
    },
    "required": ["scoringUri", "inferUris", "healthUri", "state", "logs"],
}
