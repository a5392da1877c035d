"""What every resource judges alike: whether its inputs are whole, and what differs, input by input and file by file."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ..models.changes import compare
from ..rules.arguments import unknown_arguments
from ..rules.problems import UserError
from .resource import Change, Changes, Checked
from .values import Properties


def whole(news: Properties, schema: Mapping[str, Any]) -> Checked:
    """For resources that only components declare: their values have been judged before."""
    given = {key: value for key, value in news.items() if value is not None}
    problems = unknown_arguments(given, schema["inputProperties"])
    problems += [f"'{key}' is required" for key in schema["requiredInputs"] if key not in given]
    return Checked(given, problems)


def differences(keys: Iterable[str], olds: Properties, news: Properties) -> Changes:
    """An unknown value equals nothing, so it counts as a change."""
    return {
        key: Change.ADD if key not in olds else Change.UPDATE if key in news else Change.DELETE
        for key in keys
        if olds.get(key) != news.get(key)
    }


def file_differences(label: str, olds: Mapping[str, str], news: Mapping[str, str]) -> Changes:
    """By the path of each, as previews print it below the input that holds them."""
    files = compare(olds, news)
    kinds = ((files.added, Change.ADD), (files.changed, Change.UPDATE), (files.removed, Change.DELETE))
    return {f"{label}[{json.dumps(path, ensure_ascii=False)}]": change for paths, change in kinds for path in paths}


def changed_meanwhile(path: str) -> UserError:
    """What lies there is not what the preview showed."""
    return UserError(
        f"{path} changed while it was being deployed; wait until nothing writes to it, then run the same command again"
    )
