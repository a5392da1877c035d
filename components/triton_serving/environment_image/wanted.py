"""Everything that an environment is asked to hold, read into one request or refused; nothing is resolved yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from ..entry.environment_packages import with_base, without_hashes
from ..entry.requirements import read_requirements
from ..entry.scoring_server import needs_of_scoring_server
from ..rules.environment import PYTHON, python_version_problem
from ..rules.environment_image import CURATED, NO_PACKAGES
from .conda import Conda, read_conda_file

_SPARED = {
    "azureml-defaults": "the scoring server answers imports of azureml.contrib.services itself",
    "azureml-inference-server-http": "the scoring server takes its place",
}
"""Packages of v1 environments that nothing here stands on any more, and what is there instead."""


@dataclass(frozen=True)
class Wanted:
    python: str
    requirements: tuple[str, ...]
    """One line each, sorted: the caller's, the curated ones, and what the scoring server needs."""
    notices: tuple[str, ...]
    problems: tuple[str, ...]


def read_wanted(given: Mapping[str, Any]) -> Wanted:
    """From inputs whose values are fit each by itself. A version that the caller asks for stands instead of ours."""
    conda = read_conda_file(Path(given["condaFile"])) if "condaFile" in given else Conda()
    file = given.get("requirementsFile")
    lines, problems = read_requirements(
        given.get("pipPackages", ()), Path(file) if file is not None else None, conda.given
    )
    said = [*map(str, (*conda.problems, *problems)), *_python_problems(given, conda)]
    own = list(lines) if given.get("curated", CURATED) == NO_PACKAGES else with_base(lines)
    names = {Requirement(line).name for line in without_hashes(own)}
    notices = [*conda.notices]
    notices += [f"{name} may be left out: {instead}" for name, instead in _SPARED.items() if name in names]
    python = given.get("pythonVersion") or conda.python or PYTHON
    return Wanted(python, tuple(sorted({*own, *needs_of_scoring_server()})), tuple(notices), tuple(said))


def _python_problems(given: Mapping[str, Any], conda: Conda) -> list[str]:
    if conda.python is None:
        return []
    if problem := python_version_problem(conda.python):
        return [f"{given['condaFile']}: python {problem} [conda-python]"]
    if given.get("pythonVersion", conda.python) != conda.python:
        return [
            f"'pythonVersion' and {given['condaFile']} must agree (got {given['pythonVersion']} and {conda.python}); "
            "leave one of them out"
        ]
    return []
