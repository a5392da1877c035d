"""What LocalService and ContainerService share: how inputs are judged and compared, and what follows from them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..entry.source import Source, read_source
from ..models.fresh_images import recalled
from ..models.registry.open import image_config
from ..rules.environment import variable_problems
from ..rules.problems import UserError
from .changes import changed_meanwhile, differences, file_differences
from .resource import Call, Change, Changes, Checked
from .values import UNKNOWN, Properties, has_unknown

_PATHS = ("entryScript", "sourceDirectory")
_READ_FROM_FILES = ("files", "sourceDigest")

Rules = Mapping[str, Callable[[object], str | None]]


def check_inputs(
    given: Properties, problems: list[str], rules: Rules, together: Callable[[Properties], list[str]]
) -> Checked:
    """Each value by its rule, then what goes together, then the entry script, whose files become inputs; its mistakes
    are told beside those of the values."""
    for key, rule in rules.items():
        if key in given and not has_unknown(given[key]) and (problem := rule(given[key])):
            problems.append(f"'{key}' {problem}")
    if not has_unknown(given.get("environmentVariables")):
        problems += variable_problems(given.get("environmentVariables", {}))
    can_be_read = "entryScript" in given and not any(
        key in given and (has_unknown(given[key]) or rules[key](given[key])) for key in _PATHS
    )
    if problems or has_unknown(given.get("mode")):
        if problems and can_be_read:
            problems += map(str, _read(given)[1])
        return Checked(given | dict.fromkeys(_READ_FROM_FILES, UNKNOWN), problems)
    problems = together(given)
    if any(has_unknown(given.get(key)) for key in _PATHS):
        return Checked(given | dict.fromkeys(_READ_FROM_FILES, UNKNOWN), problems)
    if can_be_read and not problems:
        source, found = _read(given)
        problems += map(str, found)
        if source:
            given |= {"files": dict(source.files), "sourceDigest": source.digest}
    return Checked(given, problems)


def source_of(inputs: Properties) -> Source:
    """The entry script and what goes along, as the preview saw it."""
    source, problems = _read(inputs)
    if problems or source is None or source.digest != inputs["sourceDigest"]:
        raise changed_meanwhile(inputs["entryScript"])
    return source


def changed_inputs(olds: Properties, news: Properties, schema: Mapping[str, Any]) -> Changes:
    """File by file where the entry script is concerned."""
    changes = differences(schema["inputProperties"], olds, news)
    if has_unknown(news.get("files")):
        return changes | {"files": Change.UPDATE}
    return changes | file_differences("files", olds.get("files", {}), news.get("files", {}))


def known_config(call: Call, inputs: Properties) -> bytes | None:
    """Of the model's image, or None when it is not pushed yet."""
    return recalled(inputs["model"]) or image_config(inputs["model"], inputs.get("allowPlainHttp", False), call.work)


def base_uri(port: int) -> str:
    return f"http://localhost:{port}"


def digest_of(inputs: Properties) -> Properties:
    return {"modelDigest": inputs["model"].rpartition("@")[2] if "model" in inputs else ""}


def taken_port(port: int) -> UserError:
    return UserError(
        f"port {port} of this machine is taken by another program; "
        "stop it, or set 'port' to another one (0 for any free one)"
    )


def _read(given: Properties) -> tuple[Source | None, list[object]]:
    folder = given.get("sourceDirectory")
    source, problems = read_source(Path(given["entryScript"]), Path(folder) if folder else None)
    return source, list(problems)
