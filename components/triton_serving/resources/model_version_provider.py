"""What ModelVersion does when the engine asks: check the directory, push the image, keep and drop versions.

    check    reads the directory and completes the inputs with what it holds: files, digest, models
    diff     compares them file by file, and sees when the registry has lost the version
    create   \\
    update   / publish the image, then let go of versions beyond the history
    read     whether the registry still has the whole version
    delete   lets go of every version that this resource holds
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..models.changes import tell
from ..models.check import check_directory
from ..models.fresh_images import NOT_MADE_YET
from ..models.publish import held, hold, predict, publish, withdraw
from ..models.push import is_whole
from ..models.registry import Registry
from ..models.registry.open import open_registry
from ..models.snapshot import recall, snapshot
from ..rules.arguments import unknown_arguments
from ..rules.problems import UserError
from ..rules.registration import KEEP_VERSIONS, RULES
from .changes import changed_meanwhile, differences, file_differences
from .lost_registry import forgettable
from .model_version_schema import SCHEMA
from .owner import new_owner
from .resource import Call, Change, Changes, Checked
from .values import UNKNOWN, Properties, has_unknown

_CONTENT = ("digest", "files", "models")
_PLAIN_UPDATES = ("description", "tags", "keepVersions", "pinnedVersion", "allowPlainHttp", "digest")
_OUTCOME = ("imageRef", "version", "history", "highestVersion")

History = list[dict[str, Any]]
"""Versions this resource holds, the current one last: [{"version": 1, "digest": "sha256:…"}]."""


class ModelVersionProvider:
    type_name = "ModelVersion"
    schema = SCHEMA

    def __init__(self) -> None:
        self._created: dict[str, set[int]] = {}
        """The versions of what this run created. `pulumi up --replace` deletes the old resource afterwards, which has
        the same id and must leave its successor the versions; nothing in the engine's questions tells it apart."""

    def check(self, call: Call, news: Properties) -> Checked:
        given = dict(news)
        problems = [*unknown_arguments(given, SCHEMA["inputProperties"]), *_value_problems(given)]
        if "pinnedVersion" in given:
            if problems or _undecided(given):
                return Checked(given | dict.fromkeys(_CONTENT, UNKNOWN), problems)
            return Checked(given | asdict(recall(_registry(call, given), given["name"], given["pinnedVersion"])))
        if has_unknown(given.get("directory")):
            return Checked(given | dict.fromkeys(_CONTENT, UNKNOWN), problems)
        if isinstance(given.get("directory"), str):
            found = check_directory(Path(given["directory"]))
            problems += map(str, found.problems)
            if not problems:
                content, _ = snapshot(found, call.work)
                given |= asdict(content)
        return Checked(given, problems)

    def diff(self, call: Call, olds: Properties, news: Properties) -> Changes:
        if _undecided(news):
            return {key: Change.UPDATE for key in news if has_unknown(news[key]) and key in SCHEMA["inputProperties"]}
        changes: Changes = {}
        if olds["name"] != news["name"]:
            changes["name"] = Change.REPLACE
        # The same place may be written in two ways: left out, and as the folder that is the default.
        if _registry(call, olds).location != _registry(call, news).location:
            changes["registry"] = Change.REPLACE
        changes |= differences(_PLAIN_UPDATES, olds, news)
        changes |= file_differences("files", olds.get("files", {}), news["files"])
        registry = _registry(call, news)
        if not changes and "version" in olds and registry.resolve(news["name"], str(olds["version"])) != olds["digest"]:
            lost = f"{registry.location} has lost version {olds['version']}; it will be pushed again"
            call.engine.warn(call.urn, lost)
            changes["imageRef"] = Change.UPDATE
        return changes

    def create(self, call: Call, inputs: Properties) -> tuple[str, Properties]:
        owner = "" if _undecided(inputs) else new_owner(call.urn, _registry(call, inputs))
        resource_id, state = f"{inputs['name']}/{owner}", self._deploy(call, owner, {}, inputs)
        if not call.preview:
            self._created[resource_id] = {kept["version"] for kept in state["history"]}
        return resource_id, state

    def update(self, call: Call, resource_id: str, olds: Properties, inputs: Properties) -> Properties:
        return self._deploy(call, _owner(resource_id), olds, inputs)

    def read(self, call: Call, resource_id: str, state: Properties) -> Properties | None:
        """A version of which anything is missing counts as gone: the next update pushes what lacks."""
        if "history" not in state:
            raise UserError("a model version cannot be imported; declare it with its directory: the digest stays")
        registry, name = _registry(call, state), state["name"]
        if registry.resolve(name, str(state["version"])) != state["digest"]:
            return None
        return state if is_whole(registry, name, state["digest"]) else None

    def delete(self, call: Call, resource_id: str, state: Properties) -> None:
        registry = _registry(call, state)
        with forgettable(call.urn):
            history: History = state.get("history") or _history(registry, state["name"], _owner(resource_id))
            gone = {kept["version"] for kept in history} - self._created.get(resource_id, set())
            for version in sorted(gone):
                call.work.checkpoint()
                withdraw(registry, state["name"], version, _owner(resource_id))

    def _deploy(self, call: Call, owner: str, olds: Properties, inputs: Properties) -> Properties:
        """Publishes what the inputs describe; in a preview, finds out what would come of it."""
        if _undecided(inputs):
            return inputs | dict.fromkeys(_OUTCOME, UNKNOWN) | _foreseen(inputs)
        registry, name, digest = _registry(call, inputs, not call.preview), inputs["name"], inputs["digest"]
        # A state that lost the resource (a run that was killed, a refresh that found damage) knows no history.
        history: History = olds.get("history") or _history(registry, name, owner)
        if inputs["files"] != olds.get("files"):
            call.engine.notice(call.urn, tell(olds.get("files", {}), inputs["files"]))
        before = next((kept["version"] for kept in history if kept["digest"] == digest), None)
        # Numbers that fell out of the history, and so out of the registry, must not come again.
        highest = max([olds.get("highestVersion", 0), *(kept["version"] for kept in history)])
        if "pinnedVersion" in inputs:
            version = inputs["pinnedVersion"]
            if not call.preview:
                hold(registry, name, version, digest, owner)
        elif call.preview:
            version = predict(registry, name, digest, highest, before)
        else:
            version = self._publish(call, registry, owner, highest, before, inputs)
        keep = inputs.get("keepVersions", KEEP_VERSIONS)
        kept, dropped = _turn(history, {"version": version, "digest": digest}, keep)
        if not call.preview:
            for old in dropped:
                withdraw(registry, name, old["version"], owner)
        return inputs | {
            "imageRef": registry.reference(name, digest),
            "version": version,
            "history": kept,
            "highestVersion": max(highest, version),
        }

    def _publish(
        self, call: Call, registry: Registry, owner: str, floor: int, before: int | None, inputs: Properties
    ) -> int:
        found = check_directory(Path(inputs["directory"]))
        for notice in found.notices:
            call.engine.notice(call.urn, notice)
        content, image = snapshot(found, call.work)
        if found.problems or content.digest != inputs["digest"]:
            raise changed_meanwhile(inputs["directory"])
        published = publish(registry, inputs["name"], image, owner, floor, call.work, before)
        call.engine.notice(
            call.urn,
            f"version {published.version} of {inputs['name']}: "
            f"{published.sent_layers} of {len(image.layers)} layers sent, {published.sent_bytes:,} bytes",
        )
        return published.version


def _value_problems(given: Properties) -> list[str]:
    problems = [f"'{key}' is required" for key in ("directory", "name") if key not in given]
    for key, rule in RULES.items():
        if key in given and not has_unknown(given[key]) and (problem := rule(given[key])):
            problems.append(f"'{key}' {problem}")
    return problems


def _undecided(inputs: Properties) -> bool:
    """Whether something that is only known after another deployment decides what this one does."""
    return any(has_unknown(inputs.get(key)) for key in ("name", "registry", "pinnedVersion", *_CONTENT))


def _foreseen(inputs: Properties) -> Properties:
    """Content and name are enough for whoever serves the version, in a preview."""
    if has_unknown(inputs["name"]) or has_unknown(inputs["digest"]) or "pinnedVersion" in inputs:
        return {}
    return {"imageRef": f"{NOT_MADE_YET}/{inputs['name']}@{inputs['digest']}"}


def _registry(call: Call, properties: Properties, awaits_roles: bool = False) -> Registry:
    return open_registry(properties.get("registry"), properties.get("allowPlainHttp", False), call.work, awaits_roles)


def _owner(resource_id: str) -> str:
    return resource_id.rpartition("/")[2]


def _history(registry: Registry, name: str, owner: str) -> History:
    return [{"version": version, "digest": digest} for version, digest in held(registry, name, owner)]


def _turn(history: History, current: dict[str, Any], keep: int) -> tuple[History, History]:
    """The history with the current version last, and what falls out of it."""
    old = [kept for kept in history if kept["version"] != current["version"]]
    cut = max(len(old) - keep, 0)
    return [*old[cut:], current], old[:cut]
