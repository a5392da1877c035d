"""The stack's configuration: read in one place, all mistakes told at once.

Pulumi.yaml declares the same settings with their descriptions and defaults; a test holds the two together. What a value
must be beyond its kind (a valid name, say) is a rule of the components, told by them in the same preview.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pulumi
from pulumi.runtime.config import get_config_env
from triton_serving import TritonModelRepositoryArgs
from triton_serving.rules.arguments import unknown_arguments


@dataclass(frozen=True)
class Setting:
    argument: str
    """The component's argument that it becomes."""
    kind: str
    """What a value must be, in words."""
    parse: Callable[[str], Any]
    """From the text that Pulumi hands over; raises ValueError. None, "" and {} leave the argument out: Pulumi wants
    a default for every setting that it describes, and these are the ones that say nothing."""


def _directory(text: str) -> str:
    """Users write paths from the project's root; the program runs in the folder of this file.

    Kept relative, so that the state holds no path of one machine and a checkout can move.
    """
    return str(Path("..") / Path(_text(text)).expanduser())


def _text(text: str) -> str:
    if not text.strip():
        raise ValueError
    return text


def _texts(text: str) -> dict[str, str]:
    texts = json.loads(text)
    if not isinstance(texts, dict) or not all(isinstance(value, str) for value in texts.values()):
        raise ValueError
    return texts


def _switch(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError
    return text == "true"


def _pin(text: str) -> int | None:
    return int(text) or None


MODEL_REPOSITORY: Mapping[str, Setting] = {
    "modelDirectory": Setting("directory", "the path of a folder", _directory),
    "modelName": Setting("name", "a name", _text),
    "modelDescription": Setting("description", "text", str),
    "modelTags": Setting("tags", "names with a text each, such as {team: vision}", _texts),
    "registry": Setting("registry", "registry.example.com/team or oci-layout:///folder", str.strip),
    "keepVersions": Setting("keep_versions", "a whole number", int),
    "pinnedVersion": Setting("pinned_version", "the number of a version, or 0", _pin),
    "allowPlainHttp": Setting("allow_plain_http", "true or false", _switch),
}


@dataclass(frozen=True)
class Settings:
    model_repository: TritonModelRepositoryArgs

    @classmethod
    def load(cls) -> Self:
        """The settings of the stack that is being deployed; ends with one message that tells every mistake."""
        prefix = f"{pulumi.get_project()}:"
        given = {key.removeprefix(prefix): text for key, text in get_config_env().items() if key.startswith(prefix)}
        arguments, problems = read(given, MODEL_REPOSITORY)
        if problems:
            count = "a mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
            head = f"the configuration of stack '{pulumi.get_stack()}' has {count}:"
            raise pulumi.RunError("\n  ".join([head, *problems]))
        return cls(model_repository=TritonModelRepositoryArgs(**arguments))


def read(given: Mapping[str, str], settings: Mapping[str, Setting]) -> tuple[dict[str, Any], list[str]]:
    """The arguments that the given texts mean, and what is wrong with the others."""
    arguments, problems = {}, unknown_arguments(given, settings, "a setting")
    for key, setting in settings.items():
        if key in given:
            try:
                argument = setting.parse(given[key])
                if argument not in (None, "", {}):
                    arguments[setting.argument] = argument
            except ValueError:
                problems.append(f"'{key}' must be {setting.kind} (got {given[key]!r})")
    return arguments, problems
