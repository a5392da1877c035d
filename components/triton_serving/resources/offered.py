"""What the plugin serves, each loaded when it is asked for first: whoever serves on this machine does not wait for what
Azure and Kubernetes need. To load all of it took a quarter of a second of every command."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pulumi
from pulumi.provider import ConstructResult, Provider
from pulumi.provider.experimental.component import ComponentProvider

from .resource import Resource
from .schema import package_schema

Component = type[pulumi.ComponentResource]


class Offered(Provider):
    """Components go through Pulumi's own provider of them, one for each that is asked for."""

    def __init__(
        self,
        package: str,
        version: str,
        components: Mapping[str, Callable[[], Component]],
        resources: Mapping[str, Callable[[], Resource]],
    ) -> None:
        super().__init__(version)
        self._package = package
        self._version = version
        self._components = components
        self._resources = resources
        self._provider = cache(self._make_provider)
        self.resource = cache(self._make_resource)

    def construct(
        self, name: str, resource_type: str, inputs: Any, options: pulumi.ResourceOptions | None = None
    ) -> ConstructResult:
        return self._provider(_name(resource_type)).construct(name, resource_type, inputs, options)

    def inputs(self, component: str) -> set[str]:
        """Of a component, by its type."""
        described = json.loads(self._provider(_name(component)).schema or "{}")["resources"][component]
        return set(described.get("inputProperties", ()))

    def whole_schema(self) -> str:
        components = self._provider(*self._components).schema or "{}"
        return package_schema(components, self._package, [self.resource(name) for name in self._resources])

    def _make_provider(self, *names: str) -> ComponentProvider:
        return ComponentProvider([self._components[name]() for name in names], self._package, version=self._version)

    def _make_resource(self, name: str) -> Resource:
        return self._resources[name]()


def _name(token: str) -> str:
    """`LocalService` of `triton-serving:index:LocalService`."""
    return token.rpartition(":")[2]
