"""ModelVersion in Pulumi's package schema."""

from typing import Any

_TEXT: dict[str, Any] = {"type": "string"}
_TEXTS: dict[str, Any] = {"type": "object", "additionalProperties": _TEXT}


def _described(kind: dict[str, Any], text: str, *, replaces: bool = False) -> dict[str, Any]:
    return {**kind, "description": text, **({"willReplaceOnChanges": True} if replaces else {})}


SCHEMA: dict[str, Any] = {
    "description": "A model directory, pushed as an immutable image under a counted version. "
    "Made by TritonModelRepository, which is what programs should declare.",
    "inputProperties": {
        "directory": _described(_TEXT, "The model directory."),
        "name": _described(_TEXT, "The registered name. Versions count up per name.", replaces=True),
        "description": _described(_TEXT, "What the model is for."),
        "tags": _described(_TEXTS, "Labels for people and searches."),
        "registry": _described(_TEXT, "Where versions are kept.", replaces=True),
        "keepVersions": _described({"type": "integer"}, "How many old versions stay for roll-back. Defaults to 5."),
        "pinnedVersion": _described({"type": "integer"}, "Serve this version instead of the directory's content."),
        "allowPlainHttp": _described({"type": "boolean"}, "Talk to a distant registry without encryption."),
    },
    "requiredInputs": ["directory", "name"],
    "properties": {
        "imageRef": _described(_TEXT, "The image by digest."),
        "digest": _described(_TEXT, "Digest of the image: same bytes, same digest, on every machine."),
        "version": _described({"type": "integer"}, "The counted version."),
        "models": _described(
            {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "integer"}}},
            "Each model's name and the version numbers that Triton serves of it.",
        ),
        "files": _described(_TEXTS, "Every file of the version with its size and fingerprint."),
    },
    "required": ["imageRef", "digest", "version", "models", "files"],
}
