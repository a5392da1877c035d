"""What ClusterEntrance does when the engine asks: wait until the cluster lets this login in.

    create   \\
    update   / ask until it does; another kubeconfig for the same cluster is an update
    read     what is known; whether the cluster is there is for its own provider to say
    delete   nothing
"""

from ..cluster_access.connection import Cluster
from ..cluster_access.entrance import wait_to_be_let_in
from .changes import differences, whole
from .cluster_entrance_schema import SCHEMA
from .resource import Call, Change, Changes, Checked
from .values import Properties


class ClusterEntranceProvider:
    type_name = "ClusterEntrance"
    schema = SCHEMA

    def check(self, call: Call, news: Properties) -> Checked:
        return whole(news, SCHEMA)

    def diff(self, call: Call, olds: Properties, news: Properties) -> Changes:
        changes = differences(SCHEMA["inputProperties"], olds, news)
        return changes | ({"cluster": Change.REPLACE} if "cluster" in changes else {})

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
