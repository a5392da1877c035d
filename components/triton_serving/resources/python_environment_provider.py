"""What PythonEnvironment does when the engine asks: check the packages, install them, let go of them.

    check    reads the requirements and completes the inputs with them and with the name that follows
    diff     compares them, and sees when the environment is not on the machine any more
    create   \\
    update   / make the new environment, then let go of the old; services hold theirs until they have moved over
    read     whether it is there
    delete   lets go of it; what nobody needs is removed

A preview installs nothing.
"""

import hashlib
from pathlib import Path

from ..entry.requirements import read_requirements
from ..local_runtime.environments import (
    check_python,
    find_environment,
    keep_environments,
    make_environment,
    reference_of,
)
from ..rules.arguments import unknown_arguments
from ..rules.environment import PYTHON, RULES
from ..rules.problems import UserError
from .changes import differences
from .environment_variables import known_variable_problems
from .python_environment_schema import SCHEMA
from .resource import Call, Change, Changes, Checked
from .values import UNKNOWN, Properties, has_unknown

_CONTENT = ("requirements", "environmentRef")
_COMPARED = (*SCHEMA["inputProperties"], *_CONTENT)


class PythonEnvironmentProvider:
    type_name = "PythonEnvironment"
    schema = SCHEMA

    def __init__(self) -> None:
        self._created: set[str] = set()
        """What this run created. `pulumi up --replace` deletes the old resource afterwards, which has the same id."""

    def check(self, call: Call, news: Properties) -> Checked:
        given: Properties = {"pythonVersion": PYTHON, "pipPackages": [], "environmentVariables": {}} | news
        problems = unknown_arguments(given, SCHEMA["inputProperties"])
        faults = {key: rule(given[key]) for key, rule in RULES.items() if key in given and not has_unknown(given[key])}
        problems += [f"'{key}' {fault}" for key, fault in faults.items() if fault]
        problems += known_variable_problems(given["environmentVariables"])
        fit = {key for key in RULES if key not in given or faults.get(key, "unknown") is None}
        requirements: tuple[str, ...] = ()
        if {"pipPackages", "requirementsFile"} <= fit:
            file = given.get("requirementsFile")
            requirements, found = read_requirements(given["pipPackages"], Path(file) if file is not None else None)
            problems += map(str, found)
        if "pythonVersion" in fit:
            problems += _python_problems(call, given["pythonVersion"])
        if problems or not {"pipPackages", "requirementsFile", "pythonVersion"} <= fit:
            return Checked(given | dict.fromkeys(_CONTENT, UNKNOWN), problems)
        reference = reference_of(requirements, given["pythonVersion"])
        return Checked(given | {"requirements": list(requirements), "environmentRef": reference})

    def diff(self, call: Call, olds: Properties, news: Properties) -> Changes:
        changes = differences(_COMPARED, olds, news)
        if not changes and find_environment(olds["environmentRef"]) is None:
            call.engine.warn(call.urn, "the environment is not on this machine any more; it will be made again")
            changes["packages"] = Change.UPDATE
        return changes

    def create(self, call: Call, inputs: Properties) -> tuple[str, Properties]:
        owner = _owner(call.urn)
        state = self._deploy(call, owner, inputs)
        if not call.preview:
            self._created.add(owner)
        return owner, state

    def update(self, call: Call, resource_id: str, olds: Properties, inputs: Properties) -> Properties:
        if call.preview and "packages" in olds and olds.get("environmentRef") == inputs["environmentRef"]:
            return inputs | {"packages": olds["packages"]}
        return self._deploy(call, resource_id, inputs)

    def read(self, call: Call, resource_id: str, state: Properties) -> Properties | None:
        if "packages" not in state:
            raise UserError("an environment cannot be imported; declare it with its packages, and `up` makes it")
        found = find_environment(state["environmentRef"])
        return None if found is None else state | {"packages": list(found.packages)}

    def delete(self, call: Call, resource_id: str, state: Properties) -> None:
        if resource_id not in self._created:
            keep_environments(resource_id, ())

    def _deploy(self, call: Call, owner: str, inputs: Properties) -> Properties:
        if call.preview:
            return inputs | {"packages": UNKNOWN}
        made = make_environment(inputs["requirements"], inputs["pythonVersion"], owner, call.work)
        if made.reference != inputs["environmentRef"]:
            keep_environments(owner, ())
            raise UserError("the scoring server changed while the environment was made; run the same command again")
        keep_environments(owner, (made.reference,))
        return inputs | {"packages": list(made.packages)}


def _python_problems(call: Call, python_version: str) -> list[str]:
    try:
        check_python(python_version, call.work)
    except UserError as error:
        return [f"'pythonVersion' {error}"]
    return []


def _owner(urn: str) -> str:
    """Who holds an environment: told apart by stack and checkout, and the same again after a crash."""
    return hashlib.sha256(f"{urn}\n{Path.cwd()}".encode()).hexdigest()[:16]
