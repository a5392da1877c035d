"""What the config of an image says of its files and models: enough to review or plan with, without the layers."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from ..rules.problems import UserError
from .needs import Needs, needs_from

AUTHOR = "triton-serving"
MODELS_LABEL = "triton-serving.models"
NEEDS_LABEL = "triton-serving.needs"

Inventory = dict[str, tuple[int, str]]
"""Size and fingerprint of every file, by path."""
Models = dict[str, list[int]]
"""Each model's name and the version numbers that Triton serves of it."""


def read_inventory(config: bytes) -> Inventory:
    """The files of an image, from its config alone."""
    return {path: entry for _, files in read_layers(config) for path, entry in files.items()}


def read_layers(config: bytes) -> list[tuple[str, Inventory]]:
    """The digest of each layer with its files in their order; the first one has none, it holds the folders."""
    with _only_ours():
        content = _read_config(config)
        return [
            (str(digest), dict(_read_line(line) for line in step["comment"].split("\n") if line))
            for digest, step in zip(content["rootfs"]["diff_ids"], content["history"], strict=True)
        ]


def labels(models: Models, needs: Needs) -> dict[str, str]:
    return {MODELS_LABEL: _text(models), NEEDS_LABEL: _text(asdict(needs))}


def read_models(config: bytes) -> Models:
    """The models of an image, from its config alone."""
    with _only_ours():
        models = json.loads(_read_config(config)["config"]["Labels"][MODELS_LABEL])
        return {str(name): [int(version) for version in versions] for name, versions in models.items()}


def read_needs(config: bytes) -> Needs:
    """What the models of an image ask for, from its config alone."""
    with _only_ours():
        return needs_from(json.loads(_read_config(config)["config"]["Labels"][NEEDS_LABEL]))


def _read_line(line: str) -> tuple[str, tuple[int, str]]:
    fingerprint, size, path = line.split(" ", 2)
    return path, (int(size), f"sha256:{fingerprint}")


def _read_config(config: bytes) -> Any:
    content = json.loads(config)
    if content["author"] != AUTHOR:
        raise ValueError(f"its author is {content['author']!r}")
    return content


@contextmanager
def _only_ours() -> Iterator[None]:
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"the image was not published by {AUTHOR}: its config lists no model files ({error}); "
            f"publish the model directory again under another name"
        ) from error


def _text(content: Any) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
