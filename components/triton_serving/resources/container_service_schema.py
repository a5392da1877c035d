"""ContainerService and ContainerRollout in Pulumi's package schema."""

from typing import Any

from .addresses import ADDRESSES
from .local_service_schema import SCHEMA as LOCAL
from .schema import AMOUNT, ANYTHING, NUMBER, SWITCH, TEXT, TEXTS, described

_SHARED = {key: value for key, value in LOCAL["inputProperties"].items() if "Key" not in key and key != "environment"}

SERVICE: dict[str, Any] = {
    "description": "What a service in Docker's containers on this machine consists of: it takes the model version out "
    "of its image, gets the programs' images, and says how each container has to be. Made by LocalWebservice.",
    "inputProperties": {
        **_SHARED,
        "gatewayImage": described(TEXT, "Envoy's image by digest."),
        "tritonImage": described(TEXT, "NVIDIA's Triton image by digest."),
        "environmentImage": described(TEXT, "What the entry script runs in, by digest."),
        "memoryGb": described(AMOUNT, "Memory of Triton, or of a script without Triton."),
        "scriptMemoryGb": described(AMOUNT, "Memory of an entry script beside Triton."),
        "cpuCoresLimit": described(AMOUNT, "Processor cores that each container may use."),
        "sharedMemoryMb": described(NUMBER, "Of Triton's memory, at /dev/shm."),
    },
    "requiredInputs": ["name"],
    "properties": {
        "containers": described(ANYTHING, "By part, what Pulumi's provider for Docker is given."),
        "folder": described(TEXT, "Where everything lies that is mounted."),
        "slot": described(NUMBER, "Which of the two sets of containers is meant to serve."),
        "usedPort": described(NUMBER, "Where the service listens."),
        "served": described(ANYTHING, "Each model with the versions that Triton serves."),
        "startupSeconds": described(NUMBER, "In which the set must be ready."),
        "modelDigest": described(TEXT, "The digest of the model that serves; empty without one."),
        "files": described(TEXTS, "The entry script and what goes along, with sizes and fingerprints."),
        "gpus": described(SWITCH, "Whether Triton gets this machine's GPUs."),
    },
    "required": ["containers", "folder", "slot", "usedPort", "served", "startupSeconds", "modelDigest"],
}

ROLLOUT: dict[str, Any] = {
    "description": "The wait for a service in containers to answer, and the step by which callers reach the new set; "
    "tells why when it does not come to that. Made by LocalWebservice.",
    "inputProperties": {
        "service": described(TEXT, "The service's name."),
        "folder": described(TEXT, "Where the gateway's files lie.", replaces=True),
        "containers": described(TEXTS, "The containers' ids by their parts."),
        "names": described(TEXTS, "The containers' names by their parts."),
        "slot": described(NUMBER, "Which of the two sets these are."),
        "port": described(NUMBER, "Where the service listens."),
        "mode": described(TEXT, "direct, scoring or script."),
        "served": described(ANYTHING, "Each model with the versions that Triton serves."),
        "modelDigest": described(TEXT, "The digest of the model; empty without one."),
        "sourceDigest": described(TEXT, "Of the entry script and what goes along; empty without one."),
        "scoringTimeoutMs": described(NUMBER, "In which run() must have answered."),
        "startupSeconds": described(NUMBER, "In which the set must be ready."),
        "primaryKey": described(TEXT, "The primary key.", secret=True),
        "secondaryKey": described(TEXT, "The secondary key.", secret=True),
    },
    "requiredInputs": ["service", "folder", "containers", "names", "slot", "port", "mode", "served", "startupSeconds"],
    "properties": {
        **ADDRESSES,
        "state": LOCAL["properties"]["state"],
        "logs": described(TEXT, "The commands that show the logs."),
    },
    "required": ["scoringUri", "inferUris", "healthUri", "state", "logs"],
}
