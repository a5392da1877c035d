"""Fixtures for images of environments: made from a folder of small wheels on a base of a few bytes, in a moment."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from triton_serving.models.registry.open import open_registry
from triton_serving.models.work import Work
from triton_serving.resources.environment_image_provider import EnvironmentImageProvider
from triton_serving.resources.resource import Call, Changes
from triton_serving.resources.values import Properties

from .base_images import push_tiny_base
from .docker_registry import DockerRegistry

URN = "urn:pulumi:dev::shop::triton-serving:index:EnvironmentImage::environment-image"
UPLOAD = re.compile(r'"PUT /v2/(\S+)/blobs/uploads/\S* ')


@dataclass
class Listener:
    """What the user would have read."""

    said: list[str] = field(default_factory=list)

    def notice(self, urn: str, text: str) -> None:
        self.said.append(text)

    warn = notice


@dataclass
class Images:
    """One resource as the engine asks about it, from update to update."""

    registry: DockerRegistry
    base: str
    wheels: Path
    """The index that uv has."""
    listener: Listener = field(default_factory=Listener)
    urn: str = URN
    identity: str = ""
    state: Properties = field(default_factory=dict)
    before: Properties = field(default_factory=dict)

    def call(self, preview: bool = False) -> Call:
        return Call(self.urn, self.listener, Work(), preview, self.before)  # type: ignore[arg-type]

    def given(self, **inputs: Any) -> Properties:
        there = {
            "name": "words",
            "registry": f"{self.registry.url}/team",
            "baseImage": self.base,
            "pythonVersion": "3.11",
        }
        return {key: value for key, value in {**there, **inputs}.items() if value is not None}

    def problems(self, **inputs: Any) -> str:
        return "\n".join(EnvironmentImageProvider().check(self.call(preview=True), self.given(**inputs)).problems)

    def check(self, **inputs: Any) -> Properties:
        answer = EnvironmentImageProvider().check(self.call(), self.given(**inputs))
        assert answer.problems == []
        return answer.inputs

    def preview(self, **inputs: Any) -> tuple[Changes, Properties]:
        """What a preview shows: the changes, and the state that would come."""
        news = self.check(**inputs)
        provider = EnvironmentImageProvider()
        if not self.state:
            return {}, provider.create(self.call(preview=True), news)[1]
        changes = provider.diff(self.call(preview=True), self.state, news)
        return changes, provider.update(self.call(preview=True), self.identity, self.state, news)

    def up(self, **inputs: Any) -> Properties:
        news, provider = self.check(**inputs), EnvironmentImageProvider()
        if not self.state:
            self.identity, self.state = provider.create(self.call(), news)
        elif provider.diff(self.call(), self.state, news):
            self.state = provider.update(self.call(), self.identity, self.state, news)
        self.before = news
        return self.state

    def destroy(self) -> None:
        EnvironmentImageProvider().delete(self.call(), self.identity, self.state)
        self.identity, self.state, self.before = "", {}, {}

    def uploads(self) -> int:
        """How many blobs the registry was sent so far, below the name of the image."""
        return sum(name == "team/words" for name in UPLOAD.findall(self.registry.log))

    def tags(self) -> list[str]:
        """Of the image, in the registry."""
        return sorted(open_registry(f"{self.registry.url}/team").tags("words"))


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[DockerRegistry]:
    with DockerRegistry(tmp_path / "registry") as running:
        yield running


@pytest.fixture
def images(registry: DockerRegistry, small_environments: Path) -> Images:
    return Images(registry, push_tiny_base(registry.host), small_environments.parents[2] / "wheels")
