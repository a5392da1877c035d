"""What ClusterEntrance does when the engine asks: wait until the cluster lets this login in.

    create   \\
    update   / ask until it does; another kubeconfig for the same cluster is an update
    read     what is known; whether the cluster is there is for its own provider to say
    delete   nothing
"""

from ..cluster_access.connection import Cluster
from ..cluster_access.entrance import wait_to_be_let_in
from ..rules.arguments import unknown_arguments
from .cluster_entrance_schema import SCHEMA
from .resource import Call, Change, Changes, Checked
from .values import Properties, has_unknown


class ClusterEntranceProvider:
    type_name = "ClusterEntrance"
    schema = SCHEMA

    def check(self, call: Call, news: Properties) -> Checked:
        problems = unknown_arguments(news, SCHEMA["inputProperties"])
        problems += [f"'{key}' is required" for key in SCHEMA["requiredInputs"] if key not in news]
        return Checked(dict(news), problems)

    def diff(self, call: Call, olds: Properties, news: Properties) -> Changes:
        changed = [key for key in SCHEMA["inputProperties"] if has_unknown(news[key]) or olds.get(key) != news[key]]
        return {key: Change.REPLACE if key == "cluster" else Change.UPDATE for key in changed}

    def create(self, call: Call, inputs: Properties) -> tuple[str, Properties]:
        return "" if call.preview else str(inputs["cluster"]), self._opened(call, inputs)

    def update(self, call: Call, resource_id: str, olds: Properties, inputs: Properties) -> Properties:
        return self._opened(call, inputs)

    def read(self, call: Call, resource_id: str, state: Properties) -> Properties | None:
        return state

    def delete(self, call: Call, resource_id: str, state: Properties) -> None:
        return

    def _opened(self, call: Call, inputs: Properties) -> Properties:
        if not call.preview:
            wait_to_be_let_in(Cluster.connect(inputs["kubeconfig"], None), call.work)
        return inputs | {"openedKubeconfig": inputs["kubeconfig"]}
