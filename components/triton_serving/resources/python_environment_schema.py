"""PythonEnvironment in Pulumi's package schema."""

from typing import Any

from .schema import LIST, TEXT, TEXTS, described

SCHEMA: dict[str, Any] = {
    "description": "The packages of an entry script, installed on this machine with the scoring server. "
    "Made by ScoringEnvironment, which is what programs should declare. Every change updates in place.",
    "inputProperties": {
        "pipPackages": described(LIST, "Packages as pip takes them, such as nltk==3.9.2."),
        "requirementsFile": described(TEXT, "A file with more of them, with or without hashes."),
        "pythonVersion": described(TEXT, "Which Python, such as 3.11. Defaults to the one that runs the components."),
        "environmentVariables": described(TEXTS, "Variables of the entry script's processes."),
        "description": described(TEXT, "What the environment is for."),
    },
    "properties": {
        "environmentRef": described(TEXT, "What services name the environment by: the same for the same content."),
        "packages": described(LIST, "What is installed, name==version each."),
        "environmentVariables": described(TEXTS, "The variables, as they were given."),
        "requirements": described(LIST, "All packages that were asked for, in one form."),
    },
    "required": ["environmentRef", "packages", "environmentVariables", "requirements"],
}
