"""What may be said about the environment of an entry script: packages, Python, variables."""

import re
import sys
from collections.abc import Callable, Mapping

from .service import text_problem

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
"""The Python that runs this: what entry scripts get by default, since it is surely on this machine."""
OLDEST_PYTHON = (3, 11)  # what the scoring server needs
MOST_WORKERS = 256
LONGEST_VARIABLE = 32_768
"""Bytes of one value: Linux takes 128 KiB for one and 2 MiB for all."""

_VERSION = re.compile(r"3\.(\d{1,2})")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SET_BY_THE_SERVICE = {
    "AML_APP_ROOT": "it is the folder of the entry script",
    "AZUREML_ENTRY_SCRIPT": "it is the entry script of the service",
    "AZUREML_MODEL_DIR": "it is where the service puts the model",
    "AZUREML_SOURCE_DIRECTORY": "it is the source directory of the service",
    "MAX_REQUEST_WAIT_TIME": "set how long the service lets a request wait, maxRequestWaitTime",
    "PATH": "it begins with the environment's own programs; let the script name others by their whole path",
    "PYTHONHOME": "it would give the script another Python's modules",
    "SCORING_TIMEOUT_MS": "set the service's scoring timeout",
    "SERVER_PORT": "the service chooses it; callers use the service's own port",
    "SERVICE_NAME": "it is the name of the service",
    "TMPDIR": "it is a folder that is removed with the service",
}


def packages_problem(packages: object) -> str | None:
    if isinstance(packages, list | tuple) and all(isinstance(package, str) for package in packages):
        return None
    return f"must be a list of packages, such as [nltk==3.9.2] (got {packages!r})"


def requirements_file_problem(file: object) -> str | None:
    return None if isinstance(file, str) and file.strip() else f"must be the path of a requirements file (got {file!r})"


def python_version_problem(version: object) -> str | None:
    found = _VERSION.fullmatch(version) if isinstance(version, str) else None
    if found and (3, int(found[1])) >= OLDEST_PYTHON:
        return None
    oldest = ".".join(map(str, OLDEST_PYTHON))
    return (
        f"must be {oldest} or later, as text without a third number (got {version!r}); write, for example, '{PYTHON}'"
    )


RULES: Mapping[str, Callable[[object], str | None]] = {
    "pipPackages": packages_problem,
    "requirementsFile": requirements_file_problem,
    "pythonVersion": python_version_problem,
    "description": text_problem,
}
"""One rule for each input whose value can be judged alone."""


def variable_problems(variables: object) -> list[str]:
    """What is wrong with environment variables, in words that hold no value: a value may be a password."""
    if not isinstance(variables, Mapping):
        return ["'environmentVariables' must map names to text; write, for example, {WORKER_COUNT: \"2\"}"]
    return [
        f"'environmentVariables' {problem}"
        for name, value in sorted(variables.items())
        if (problem := _variable_problem(name, value))
    ]


def _variable_problem(name: str, value: object) -> str | None:
    if not _VARIABLE.fullmatch(name):
        return f"must have names of letters, digits and '_', no digit first (got {name!r}); rename it"
    if name in _SET_BY_THE_SERVICE:
        return f"must not set {name}: {_SET_BY_THE_SERVICE[name]}"
    if not isinstance(value, str):
        return f"must map {name} to text (got a {type(value).__name__}); quote it"
    if "\0" in value or len(value.encode(errors="replace")) > LONGEST_VARIABLE:
        return f"must map {name} to at most {LONGEST_VARIABLE:,} bytes without NUL; keep large values in a file"
    if name == "WORKER_COUNT" and not (value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= MOST_WORKERS):
        return f"must map WORKER_COUNT to a whole number from 1 to {MOST_WORKERS}, quoted (got {value[:40]!r})"
    return None
