"""ApiKeys: two keys that a service accepts, each kept until it is rotated or given by the caller."""

from collections.abc import Collection, Mapping
from typing import Any, NotRequired, TypedDict

import pulumi

from ..rules.arguments import unknown_arguments
from .component_inputs import in_the_engines_words
from .declared import Declared


class ApiKeysArgs(TypedDict):
    primary_key: NotRequired[pulumi.Input[str]]
    """A key of your own, 16 to 256 visible ASCII characters. Defaults to a generated one that is kept."""
    secondary_key: NotRequired[pulumi.Input[str]]
    """The second key, so that clients can move from one to the other while the first is rotated."""
    primary_rotation: NotRequired[pulumi.Input[str]]
    """Any text, a date for example. Changing it makes a new primary key and leaves the secondary as it is."""
    secondary_rotation: NotRequired[pulumi.Input[str]]
    """Any text, a date for example. Changing it makes a new secondary key and leaves the primary as it is."""


class ApiKeys(Declared):
    """Two API keys. Updates keep both, and only one changes at a time, so that no client is ever locked out."""

    type_name = "ApiKeys"
    _computed = ("primaryKey", "secondaryKey")

    def __init__(self, name: str, args: ApiKeysArgs | None = None, opts: pulumi.ResourceOptions | None = None) -> None:
        given = args or ApiKeysArgs()
        mistakes = unknown_arguments(given, ApiKeysArgs.__annotations__)
        if mistakes:
            raise pulumi.RunError("; ".join(mistakes))
        props = in_the_engines_words(given, ("primary_key", "secondary_key"))
        super().__init__(name, props, opts)

    @property
    def primary_key(self) -> pulumi.Output[str]:
        """The primary key, a secret."""
        return self.output("primaryKey")

    @property
    def secondary_key(self) -> pulumi.Output[str]:
        """The secondary key, a secret."""
        return self.output("secondaryKey")


KEY_ARGUMENTS = {
    "primary_key": "primaryKey",
    "secondary_key": "secondaryKey",
    "primary_rotation": "primaryRotation",
    "secondary_rotation": "secondaryRotation",
}
"""What components take of keys, and what the engine calls it."""


def key_mistakes(given: Collection[str], auth_enabled: bool) -> list[str]:
    """What of them is given to a service without keys."""
    if auth_enabled:
        return []
    way_out = "has no use while keys are off; set auth_enabled or remove it"
    return [f"'{name}' {way_out}" for name in KEY_ARGUMENTS if name in given]


def keys_of(component: pulumi.ComponentResource, name: str, args: Mapping[str, Any]) -> ApiKeys:
    of_keys = ApiKeysArgs(**{key: args[key] for key in KEY_ARGUMENTS if key in args})  # type: ignore[typeddict-item]
    return ApiKeys(f"{name}-keys", of_keys, pulumi.ResourceOptions(parent=component))
