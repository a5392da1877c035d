"""What Azure does with a request that reached it: looks whether it may be, keeps it, and answers with all it knows."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from . import ids
from .asked import Put
from .bodies import Body
from .errors import ArmError, Existing, not_found
from .faults import Answer, Asked, Calls
from .filled import filled
from .kinds import KINDS, Kind
from .kubernetes_side import KubernetesSide
from .rules import judge, judge_removal
from .storage import Settings, Storage, World


class Azure:
    def __init__(self, storage: Storage, stop: threading.Event) -> None:
        self._storage = storage
        self._calls = Calls(storage)
        self._stop = stop
        self.subscription: str | None = None
        """Set where the caller asks for another subscription than there is."""

    def create(self, kind: Kind, identity: str, body: Body) -> Body:
        looked = False

        def act(world: World) -> Body:
            nonlocal looked
            if world.get(identity) is not None and not looked:
                raise Existing(identity)
            looked = True  # once: a request that is sent again is not looked for first
            return self._put(world, kind, identity, body, None)

        return self._call("create", kind.name, identity, act)

    def update(self, kind: Kind, identity: str, body: Body) -> Body:
        return self._call(
            "update", kind.name, identity, lambda world: self._put(world, kind, identity, body, world.get(identity))
        )

    def read(self, kind: Kind, identity: str) -> Body | None:
        return self._call("read", kind.name, identity, lambda world: whole(world, kind, identity))

    def delete(self, kind: Kind, identity: str) -> None:
        def act(world: World) -> None:
            if world.get(identity) is None:
                return  # pulumi-azure-native is content when Azure answers 404 or 204
            judge_removal(world, kind, identity)
            world.remove(identity)
            self._kubernetes.follow(world)

        self._call("delete", kind.name, identity, act)

    def look(self, name: str, identity: str, act: Callable[[World], dict[str, Any]]) -> dict[str, Any]:
        """An invoke."""
        return self._call("invoke", name, identity, act)

    def peek(self, kind: Kind, identity: str) -> Body | None:
        """Without a call: for what Pulumi keeps of a resource whose making failed."""
        with self._storage.open() as world:
            return whole(world, kind, identity)

    def _call(self, operation: str, kind: str, identity: str, act: Callable[[World], Answer]) -> Answer:
        def known(world: World) -> Answer:
            if self.subscription:
                raise ArmError("SubscriptionNotFound", f"The subscription '{self.subscription}' could not be found.")
            return act(world)

        return self._calls.make(Asked(operation, kind, identity), known, self._stop)

    def _put(self, world: World, kind: Kind, identity: str, body: Body, old: Body | None) -> Body:
        group = ids.group_of(identity)
        if group and group != ids.key(identity) and world.get(group) is None:
            raise not_found(identity, group)
        parent = ids.parent_of(identity)
        if parent and world.get(parent) is None:
            raise not_found(parent)
        put = Put(world, kind, identity, body, old)
        judge(put)
        keep(put, self._storage.settings)
        self._kubernetes.follow(world)
        return whole(world, kind, identity) or {}

    @property
    def _kubernetes(self) -> KubernetesSide:
        return KubernetesSide(self._storage.settings)


def keep(put: Put, settings: Settings) -> None:
    """With all that Azure adds. A pool that a cluster's own request names is a pool like any other."""
    made = filled(put, settings)
    profiles = made["properties"].pop("agentPoolProfiles", []) if put.kind.name == "ManagedCluster" else []
    put.world.put(put.identity, put.kind.token, made)
    kind = KINDS["azure-native:containerservice:AgentPool"]
    for profile in profiles:
        identity = f"{put.identity}/agentPools/{profile['name']}"
        body = {"properties": {name: value for name, value in profile.items() if name != "name"}}
        put.world.put(
            identity, kind.token, filled(Put(put.world, kind, identity, body, put.world.get(identity)), settings)
        )


def whole(world: World, kind: Kind, identity: str) -> Body | None:
    """As Azure answers: a cluster tells of all its pools, whoever made them."""
    body = world.get(identity)
    if body is None or kind.name != "ManagedCluster":
        return body
    pools = [_profile(pool) for pool in world.of("AgentPool") if ids.within(pool["id"], identity)]
    return {**body, "properties": {**body["properties"], "agentPoolProfiles": pools}}


def _profile(pool: Mapping[str, Any]) -> Body:
    return {"name": pool["name"], **pool["properties"]}
