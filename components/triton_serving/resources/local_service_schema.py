"""LocalService in Pulumi's package schema."""

from typing import Any

from .addresses import ADDRESSES
from .schema import NUMBER, SWITCH, TEXT, TEXTS, described

SCHEMA: dict[str, Any] = {
    "description": "A model, with an entry script if wanted, served on this machine by processes that outlive the "
    "deployment. Made by LocalWebservice, which is what programs should declare. Every change updates in place.",
    "inputProperties": {
        "name": described(TEXT, "The service's name."),
        "model": described(TEXT, "The model version as an image by digest."),
        "mode": described(TEXT, "direct, scoring or script. Defaults to scoring with an entry script, else direct."),
        "entryScript": described(TEXT, "The file with init() and run()."),
        "sourceDirectory": described(TEXT, "The folder that goes along with the entry script."),
        "environment": described(TEXT, "The environmentRef of a ScoringEnvironment."),
        "environmentVariables": described(TEXTS, "Variables of the entry script's processes."),
        "port": described(NUMBER, "Where the service listens, on this machine only. 0 is any free one."),
        "authEnabled": described(SWITCH, "Whether callers must show one of two keys."),
        "primaryKey": described(TEXT, "The primary key.", secret=True),
        "secondaryKey": described(TEXT, "The secondary key.", secret=True),
        "scoringTimeoutMs": described(NUMBER, "In which run() must have answered."),
        "startupTimeoutSeconds": described(NUMBER, "In which Triton, then the entry script, must be ready."),
        "allowPlainHttp": described(SWITCH, "Fetch the model from a distant registry without encryption."),
        "description": described(TEXT, "What the service is for."),
    },
    "requiredInputs": ["name"],
    "properties": {
        **ADDRESSES,
        "state": described(TEXT, "Healthy, Transitioning or Unhealthy."),
        "modelDigest": described(TEXT, "The digest of the model that serves; empty without one."),
        "logs": described(TEXT, "The folder with the logs of gateway, Triton, entry script and supervisor."),
        "files": described(TEXTS, "The entry script and what goes along, with sizes and fingerprints."),
    },
    "required": ["scoringUri", "inferUris", "healthUri", "state", "logs"],
}
