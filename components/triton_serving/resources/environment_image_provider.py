"""What EnvironmentImage does when the engine asks: choose the packages, make the image, push it.

    check    reads what is asked for, chooses exact wheels and completes the inputs with them and the image's digest
    diff     compares them package by package, and sees when the registry has lost the image
    create   \\
    update   / push what the registry lacks, then let go of images beyond the history
    read     whether the registry still has the whole image
    delete   lets go of every image that this resource holds

A preview makes layers on this machine, so that the digest is known and trouble with packages shows; it sends nothing.
"""

from typing import Any

from ..environment_image.build import FOUND, build, find, list_packages
from ..environment_image.lock import locked
from ..environment_image.published import held, is_there, publish, withdraw
from ..environment_image.wanted import Wanted, read_wanted
from ..models.push import is_whole
from ..models.registry import Registry
from ..models.registry.open import open_registry
from ..rules.arguments import unknown_arguments
from ..rules.environment_image import RULES
from ..rules.problems import UserError
from .changes import differences, file_differences
from .environment_image_schema import SCHEMA
from .environment_variables import known_variable_problems
from .lost_registry import forgettable
from .owner import new_owner
from .resource import Call, Change, Changes, Checked
from .values import UNKNOWN, Properties, has_unknown

KEPT = 5
"""Old images that stay for roll-back, and for pods of the service that still run on one."""
_DECIDES = ("name", "registry", *FOUND)
_CHOOSES = ("baseImage", "curated", "condaFile", "pipPackages", "requirementsFile", "pythonVersion", "allowPlainHttp")
"""What has to be known to choose packages."""
_COMPARED = (*_CHOOSES, "environmentVariables", "description", "base", "digest")


class EnvironmentImageProvider:
    type_name = "EnvironmentImage"
    schema = SCHEMA

    def __init__(self) -> None:
        self._created: dict[str, set[str]] = {}
        """What this run created. `pulumi up --replace` deletes the old resource afterwards, which has the same id."""

    def check(self, call: Call, news: Properties) -> Checked:
        given: Properties = {"pipPackages": [], "environmentVariables": {}} | news
        problems = unknown_arguments(given, SCHEMA["inputProperties"])
        faults = _faults(given)
        problems += [f"'{key}' {fault}" for key, fault in faults.items()]
        problems += known_variable_problems(given["environmentVariables"])
        # What is wrong with packages is told beside what is wrong with other values.
        fit = {key: value for key, value in given.items() if key not in faults and not has_unknown(value)}
        wanted = read_wanted(fit)
        problems += wanted.problems
        if problems or any(has_unknown(given.get(key)) for key in _CHOOSES):
            return Checked(given | dict.fromkeys(FOUND, UNKNOWN), problems)
        self._tell(call, wanted)
        registry = None if _is_open(given) else _registry(call, given)
        return Checked(given | find(given, wanted, call.before, registry, call.work))

    def diff(self, call: Call, olds: Properties, news: Properties) -> Changes:
        changes: Changes = {}
        for key in ("name", "registry"):
            if olds[key] != news[key]:
                changes[key] = Change.UPDATE if has_unknown(news[key]) else Change.REPLACE
        changes |= differences(_COMPARED, olds, news)
        changes |= _package_changes(olds.get("lock", {}), news["lock"])
        if changes or _undecided(news):
            return changes
        registry = _registry(call, news)
        if not is_there(registry, news["name"], news["digest"]):
            call.engine.warn(call.urn, f"{registry.location} has lost the image; it will be pushed again")
            changes["imageRef"] = Change.UPDATE
        return changes

    def create(self, call: Call, inputs: Properties) -> tuple[str, Properties]:
        owner = "" if _undecided(inputs) else new_owner(call.urn, _registry(call, inputs))
        resource_id, state = f"{inputs['name']}/{owner}", self._deploy(call, owner, [], inputs)
        if not call.preview:
            self._created[resource_id] = set(state["history"])
        return resource_id, state

    def update(self, call: Call, resource_id: str, olds: Properties, inputs: Properties) -> Properties:
        return self._deploy(call, resource_id.rpartition("/")[2], olds.get("history", []), inputs)

    def read(self, call: Call, resource_id: str, state: Properties) -> Properties | None:
        """An image of which anything is missing counts as gone: the next update pushes what lacks."""
        if "history" not in state:
            raise UserError("an image cannot be imported; declare its packages: the digest stays")
        registry, name = _registry(call, state), state["name"]
        if not is_there(registry, name, state["digest"]):
            return None
        return state if is_whole(registry, name, state["digest"]) else None

    def delete(self, call: Call, resource_id: str, state: Properties) -> None:
        registry = _registry(call, state)
        owner = resource_id.rpartition("/")[2]
        with forgettable(call.urn):
            for digest in state.get("history") or held(registry, state["name"], owner):
                if digest not in self._created.get(resource_id, ()):
                    call.work.checkpoint()
                    withdraw(registry, state["name"], digest, owner)

    def _deploy(self, call: Call, owner: str, history: list[str], inputs: Properties) -> Properties:
        packages = UNKNOWN if has_unknown(inputs["lock"]) else _names(inputs["lock"])
        if _undecided(inputs):
            return inputs | {"packages": packages, "imageRef": UNKNOWN, "history": UNKNOWN}
        registry, name, digest = _registry(call, inputs, not call.preview), inputs["name"], inputs["digest"]
        if not call.preview:
            # A state that lost the resource (a run that was killed) knows no history.
            history = history or held(registry, name, owner)
            self._push(call, registry, owner, inputs)
        kept = [*[old for old in history if old != digest][-KEPT:], digest]
        if not call.preview:
            for old in history:
                if old not in kept:
                    withdraw(registry, name, old, owner)
        return inputs | {"packages": packages, "imageRef": registry.reference(name, digest), "history": kept}

    def _push(self, call: Call, registry: Registry, owner: str, inputs: Properties) -> None:
        built = build(inputs, inputs.get("allowPlainHttp", False), call.work)
        if built.image.digest != inputs["digest"]:
            raise UserError("the scoring server changed while the image was made; run the same command again")
        listed = list_packages(inputs, inputs["name"])
        sent = publish(registry, inputs["name"], built.image, built.layers, listed, owner, call.work)
        call.engine.notice(
            call.urn,
            f"image {inputs['name']}: {sent.layers} of {len(built.layers)} layers sent, {sent.bytes:,} bytes",
        )

    def _tell(self, call: Call, wanted: Wanted) -> None:
        for notice in wanted.notices:
            call.engine.notice(call.urn, notice)


def _faults(given: Properties) -> dict[str, str]:
    faults = {key: "is required" for key in ("name", "registry") if key not in given}
    for key, rule in RULES.items():
        if key in given and not has_unknown(given[key]) and (fault := rule(given[key])):
            faults[key] = fault
    return faults


def _package_changes(old: dict[str, str], new: Any) -> Changes:
    return file_differences("lock", old, new) if isinstance(new, dict) else {"lock": Change.UPDATE}


def _names(lock: dict[str, str]) -> list[str]:
    return [f"{one.name}=={one.version}" for one in locked(lock)]


def _is_open(given: Properties) -> bool:
    return has_unknown(given["name"]) or has_unknown(given["registry"])


def _undecided(inputs: Properties) -> bool:
    return any(has_unknown(inputs.get(key)) for key in _DECIDES)


def _registry(call: Call, properties: Properties, awaits_roles: bool = False) -> Registry:
    return open_registry(properties["registry"], properties.get("allowPlainHttp", False), call.work, awaits_roles)
