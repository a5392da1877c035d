"""What a custom resource of this plugin is: six questions of the engine, asked and answered with plain values.

The methods run in a worker thread each, so they may take long and use ordinary blocking I/O. They raise `UserError` for
what the user should read; anything else is a defect and shows with its traceback.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

from ..models.work import Work
from .engine import Engine
from .values import Properties


@dataclass(frozen=True)
class Checked:
    """Inputs as they go into the state, completed by what follows from them (the files of a directory)."""

    inputs: Properties
    problems: list[str] = field(default_factory=list)
    """Why the inputs cannot be accepted, each in words that name the input."""


class Change(Enum):
    ADD = "add"
    DELETE = "delete"
    UPDATE = "update"
    REPLACE = "replace"


Changes = dict[str, Change]
"""Property path, as previews print it, to what happens to it: `files["triton/digits/1/model.onnx"]`."""


@dataclass(frozen=True)
class Call:
    """One question: about which resource, and how to talk to the user meanwhile."""

    urn: str
    engine: Engine
    work: Work
    preview: bool = False
    before: Properties = field(default_factory=dict)
    """For `check`: the inputs of the last update, as it completed them; empty for what is new."""


class Resource(Protocol):
    """The engine side of one resource type."""

    type_name: str
    """Last part of the type token, the name of the class that programs use."""
    schema: Mapping[str, Any]
    """The resource in Pulumi's package schema."""

    def check(self, call: Call, news: Properties) -> Checked: ...

    def diff(self, call: Call, olds: Properties, news: Properties) -> Changes: ...

    def create(self, call: Call, inputs: Properties) -> tuple[str, Properties]:
        """Id and state; in a preview, the state as far as it is known."""
        ...

    def read(self, call: Call, resource_id: str, state: Properties) -> Properties | None:
        """The state as it is now, or None when the resource is gone."""
        ...

    def update(self, call: Call, resource_id: str, olds: Properties, inputs: Properties) -> Properties: ...

    def delete(self, call: Call, resource_id: str, state: Properties) -> None: ...
