"""What may be said when a model directory is registered: name, description, tags, how much history is kept."""

import re
from collections.abc import Callable, Mapping

from .service import switch_problem, text_problem

KEEP_VERSIONS = 5
MOST_KEPT_VERSIONS = 100
LONGEST_NAME = 128  # Azure ML took 255; registries limit the whole path, ACR's to 256 with its prefix

REPOSITORY_PART = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*")
"""The form every OCI registry takes for one part of a repository's path."""
_HIGHEST_VERSION = 2**31 - 1


def name_problem(name: object) -> str | None:
    if not isinstance(name, str):
        return f"must be text (got {name!r}); quote it"
    if not name:
        return "must not be empty; say under which name the model's versions count, for example 'digits'"
    if len(name) > LONGEST_NAME:
        return f"must have at most {LONGEST_NAME} characters (got {len(name)}); choose a shorter one"
    if not REPOSITORY_PART.fullmatch(name):
        return (
            "must be lower-case letters and digits, with single '.', '_' or '-' between them, as registries "
            f"require (got {name!r}){_suggest(name)}"
        )
    return None


def directory_problem(directory: object) -> str | None:
    if isinstance(directory, str) and directory.strip():
        return None
    return f"must be the path of a folder (got {directory!r})"


def tags_problem(tags: object) -> str | None:
    if not isinstance(tags, Mapping):
        return f"must map names to text (got {tags!r}); write, for example, tags: {{team: vision}}"
    bad = [key for key, value in tags.items() if not key or not isinstance(value, str)]
    if bad:
        return f"must map non-empty names to text (wrong: {', '.join(map(repr, sorted(bad)))}); quote numbers"
    return None


def keep_versions_problem(keep: object) -> str | None:
    if isinstance(keep, bool) or not isinstance(keep, int) or not 0 <= keep <= MOST_KEPT_VERSIONS:
        return f"must be a whole number from 0 to {MOST_KEPT_VERSIONS} (got {keep!r}); {KEEP_VERSIONS} is the default"
    return None


def pinned_version_problem(version: object) -> str | None:
    if isinstance(version, bool) or not isinstance(version, int) or not 1 <= version <= _HIGHEST_VERSION:
        return f"must be a version number, 1 or higher (got {version!r}); leave it out to serve the directory"
    return None


RULES: Mapping[str, Callable[[object], str | None]] = {
    "directory": directory_problem,
    "registry": text_problem,
    "name": name_problem,
    "description": text_problem,
    "tags": tags_problem,
    "keepVersions": keep_versions_problem,
    "pinnedVersion": pinned_version_problem,
    "allowPlainHttp": switch_problem,
}
"""One rule for each input whose value can be judged alone."""


def _suggest(name: str) -> str:
    candidate = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return f"; try {candidate!r}" if candidate and len(candidate) <= LONGEST_NAME else "; choose another name"
