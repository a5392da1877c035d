"""What ServiceRollout does when the engine asks: wait for what the objects' own provider has made.

    create   \\
    update   / follow the rollout; a failure names the pod, its reason, the log and the next step
    read     how the service is
    delete   nothing: the objects go by themselves
"""

from ..cluster_access.connection import Cluster
from ..cluster_access.rollout import Target, follow, state_of
from ..plan.kubernetes.reach import base_uri
from ..plan.kubernetes.service import Exposure, Reach
from ..plan.service import Mode, ServedModel
from ..rules.problems import UserError
from .addresses import ADDRESSES, addresses
from .changes import differences, whole
from .resource import Call, Change, Changes, Checked
from .service_rollout_schema import SCHEMA
from .values import UNKNOWN, Properties, has_unknown

_REPLACING = ("service", "namespace")
_HEALTHY = "Healthy"


class ServiceRolloutProvider:
    type_name = "ServiceRollout"
    schema = SCHEMA

    def check(self, call: Call, news: Properties) -> Checked:
        return whole(news, SCHEMA)

    def diff(self, call: Call, olds: Properties, news: Properties) -> Changes:
        changes = differences(SCHEMA["inputProperties"], olds, news)
        return changes | {key: Change.REPLACE for key in _REPLACING if key in changes}

    def create(self, call: Call, inputs: Properties) -> tuple[str, Properties]:
        if call.preview:
            return "", _expected(inputs, None)
        return f"{inputs['namespace']}/{inputs['service']}", _follow(call, inputs)

    def update(self, call: Call, resource_id: str, olds: Properties, inputs: Properties) -> Properties:
        return _expected(inputs, olds) if call.preview else _follow(call, inputs)

    def read(self, call: Call, resource_id: str, state: Properties) -> Properties | None:
        if "scoringUri" not in state:
            raise UserError("a rollout cannot be imported; declare the service, and `up` waits for it")
        found, reason = state_of(_connect(state), state["namespace"], state["deployments"][0])
        if found != _HEALTHY:
            call.engine.warn(call.urn, f"the service is {found}: {reason}")
        return state | {"state": found}

    def delete(self, call: Call, resource_id: str, state: Properties) -> None:
        return


def _follow(call: Call, inputs: Properties) -> Properties:
    balanced = Exposure(inputs["exposure"]) in (Exposure.LOAD_BALANCER, Exposure.INTERNAL_LOAD_BALANCER)
    target = Target(
        namespace=inputs["namespace"],
        deployments=tuple(inputs["deployments"]),
        uids=tuple(inputs["uids"]),
        progress_seconds=inputs["progressSeconds"],
        routes_versions=tuple(inputs["routesVersions"]),
        keys=tuple(inputs[key] for key in ("primaryKey", "secondaryKey") if key in inputs),
        tls_name=inputs.get("hostName", inputs["service"]) if "tlsSecret" in inputs else None,
        service=inputs["service"] if balanced else None,
    )
    address = follow(_connect(inputs), target, call.work, lambda text: call.engine.notice(call.urn, text))
    return inputs | _addresses(inputs, address) | {"state": _HEALTHY}


def _expected(inputs: Properties, olds: Properties | None) -> Properties:
    """What an update would come to, as far as it is known before. A load balancer's address stays as it is."""
    deciding = ("service", "namespace", "mode", "served", "exposure", "hostName", "pathPrefix", "tlsSecret")
    balanced = str(inputs.get("exposure")).endswith("load-balancer") and "hostName" not in inputs
    if any(has_unknown(inputs.get(key)) for key in deciding) or balanced:
        same = olds is not None and all(olds.get(key) == inputs.get(key) for key in deciding)
        known = {key: olds[key] for key in ADDRESSES if key in olds} if olds and same else {}
        return inputs | dict.fromkeys(ADDRESSES, UNKNOWN) | known | {"state": UNKNOWN}
    return inputs | _addresses(inputs, None) | {"state": UNKNOWN}


def _addresses(inputs: Properties, address: str | None) -> Properties:
    models = tuple(ServedModel(name, tuple(versions)) for name, versions in inputs.get("served", {}).items())
    base = base_uri(_reach(inputs), inputs["service"], inputs["namespace"], address) or ""
    return addresses(base, Mode(inputs["mode"]), models)


def _reach(inputs: Properties) -> Reach:
    return Reach(
        exposure=Exposure(inputs["exposure"]),
        tls_secret=inputs.get("tlsSecret"),
        host_name=inputs.get("hostName"),
        path_prefix=inputs.get("pathPrefix", ""),
        allow_unencrypted=inputs.get("allowUnencryptedClients", False),
    )


def _connect(properties: Properties) -> Cluster:
    return Cluster.connect(properties.get("kubeconfig"), properties.get("context"))
