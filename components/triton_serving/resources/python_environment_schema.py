"""PythonEnvironment in Pulumi's package schema."""

from typing import Any

_TEXT: dict[str, Any] = {"type": "string"}
_LIST: dict[str, Any] = {"type": "array", "items": _TEXT}
_TEXTS: dict[str, Any] = {"type": "object", "additionalProperties": _TEXT}


def _described(kind: dict[str, Any], text: str) -> dict[str, Any]:
    return {**kind, "description": text}


SCHEMA: dict[str, Any] = {
    "description": "The packages of an entry script, installed on this machine with the scoring server. "
    "Made by ScoringEnvironment, which is what programs should declare. Every change updates in place.",
    "inputProperties": {
        "pipPackages": _described(_LIST, "Packages as pip takes them, such as nltk==3.9.2."),
        "requirementsFile": _described(_TEXT, "A file with more of them, with or without hashes."),
        "pythonVersion": _described(_TEXT, "Which Python, such as 3.11. Defaults to the one that runs the components."),
        "environmentVariables": _described(_TEXTS, "Variables of the entry script's processes."),
        "description": _described(_TEXT, "What the environment is for."),
    },
    "properties": {
        "environmentRef": _described(_TEXT, "What services name the environment by: the same for the same content."),
        "packages": _described(_LIST, "What is installed, name==version each."),
        "environmentVariables": _described(_TEXTS, "The variables, as they were given."),
        "requirements": _described(_LIST, "All packages that were asked for, in one form."),
    },
    "required": ["environmentRef", "packages", "environmentVariables", "requirements"],
}
