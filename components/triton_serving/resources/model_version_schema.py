"""ModelVersion in Pulumi's package schema."""

from typing import Any

from .schema import ANYTHING, NUMBER, SWITCH, TEXT, TEXTS, described

SCHEMA: dict[str, Any] = {
    "description": "A model directory, pushed as an immutable image under a counted version. "
    "Made by TritonModelRepository, which is what programs should declare.",
    "inputProperties": {
        "directory": described(TEXT, "The model directory."),
        "name": described(TEXT, "The registered name. Versions count up per name.", replaces=True),
        "description": described(TEXT, "What the model is for."),
        "tags": described(TEXTS, "Labels for people and searches."),
        "registry": described(TEXT, "Where versions are kept.", replaces=True),
        "keepVersions": described(NUMBER, "How many old versions stay for roll-back. Defaults to 5."),
        "pinnedVersion": described(NUMBER, "Serve this version instead of the directory's content."),
        "allowPlainHttp": described(SWITCH, "Talk to a distant registry without encryption."),
    },
    "requiredInputs": ["directory", "name"],
    "properties": {
        "imageRef": described(TEXT, "The image by digest."),
        "digest": described(TEXT, "Digest of the image: same bytes, same digest, on every machine."),
        "version": described(NUMBER, "The counted version."),
        "models": described(
            {"type": "object", "additionalProperties": {"type": "array", "items": NUMBER}},
            "Each model's name and the version numbers that Triton serves of it.",
        ),
        "files": described(TEXTS, "Every file of the version with its size and fingerprint."),
        "history": described(
            {"type": "array", "items": ANYTHING}, "Versions that the registry keeps, the current one last."
        ),
    },
    "required": ["imageRef", "digest", "version", "models", "files", "history"],
}
