"""What ContainerRollout does when the engine asks: lead callers to containers that Pulumi's provider has made.

    diff     sees when the service does not answer as it should
    create   \\
    update   / wait for the new set and lead callers to it; the old one serves until then
    read     how the service is
    delete   nothing: the containers go by themselves
"""

from pathlib import Path

from ..local_runtime.container_rollout import Target, follow, trouble
from ..local_runtime.docker_engine import DockerEngine
from ..plan.service import Keys, Mode, Script, ServedModel, ServicePlan
from ..rules.problems import UserError
from .addresses import ADDRESSES, addresses
from .changes import differences, whole
from .container_service_schema import ROLLOUT as SCHEMA
from .local_inputs import base_uri
from .resource import Call, Change, Changes, Checked
from .values import UNKNOWN, Properties, has_unknown

_HEALTHY, _UNHEALTHY = "Healthy", "Unhealthy"


class ContainerRolloutProvider:
    type_name = "ContainerRollout"
    schema = SCHEMA

    def check(self, call: Call, news: Properties) -> Checked:
        return whole(news, SCHEMA)

    def diff(self, call: Call, olds: Properties, news: Properties) -> Changes:
        changes = differences(SCHEMA["inputProperties"], olds, news)
        if "folder" in changes:
            changes["folder"] = Change.REPLACE
        if not changes and (told := _trouble(olds)):
            call.engine.warn(call.urn, f"{told}; it will be started again")
            changes["state"] = Change.UPDATE
        return changes

    def create(self, call: Call, inputs: Properties) -> tuple[str, Properties]:
        if call.preview:
            return "", _expected(inputs)
        return f"{inputs['service']}:{inputs['port']}", _follow(call, inputs)

    def update(self, call: Call, resource_id: str, olds: Properties, inputs: Properties) -> Properties:
        return _expected(inputs) if call.preview else _follow(call, inputs)

    def read(self, call: Call, resource_id: str, state: Properties) -> Properties | None:
        if "scoringUri" not in state:
            raise UserError("a rollout cannot be imported; declare the service, and `up` waits for it")
        told = _trouble(state)
        if told:
            call.engine.warn(call.urn, f"the service is {_UNHEALTHY}: {told}")
        return state | {"state": _UNHEALTHY if told else _HEALTHY}

    def delete(self, call: Call, resource_id: str, state: Properties) -> None:
        return


def _follow(call: Call, inputs: Properties) -> Properties:
    target, folder = _target(inputs), Path(inputs["folder"])
    follow(DockerEngine(), folder, target, call.work, lambda text: call.engine.notice(call.urn, text))
    return inputs | _reached(inputs) | {"state": _HEALTHY, "logs": _logs(inputs)}


def _trouble(state: Properties) -> str:
    return trouble(DockerEngine(), Path(state["folder"]), _target(state))


def _expected(inputs: Properties) -> Properties:
    """What an update would come to, as far as it is known before."""
    known = {"state": UNKNOWN, "logs": UNKNOWN if has_unknown(inputs.get("names")) else _logs(inputs)}
    if any(has_unknown(inputs.get(key)) for key in ("port", "mode", "served")):
        return inputs | dict.fromkeys(ADDRESSES, UNKNOWN) | known
    return inputs | _reached(inputs) | known


def _target(inputs: Properties) -> Target:
    mode = Mode(inputs["mode"])
    has_keys = "primaryKey" in inputs
    plan = ServicePlan(
        name=inputs["service"],
        mode=mode,
        models=_models(inputs),
        script=None
        if mode is Mode.DIRECT
        else Script("", scoring_timeout_ms=inputs.get("scoringTimeoutMs", Script.scoring_timeout_ms)),
        auth_enabled=has_keys,
    )
    return Target(
        plan=plan,
        port=inputs["port"],
        slot=inputs["slot"],
        containers=inputs["containers"],
        startup_seconds=inputs["startupSeconds"],
        model=inputs.get("modelDigest", "").removeprefix("sha256:"),
        source=inputs.get("sourceDigest", "").removeprefix("sha256:"),
        keys=Keys(inputs["primaryKey"], inputs["secondaryKey"]) if has_keys else None,
    )


def _models(inputs: Properties) -> tuple[ServedModel, ...]:
    return tuple(ServedModel(name, tuple(versions)) for name, versions in inputs["served"].items())


def _reached(inputs: Properties) -> Properties:
    return addresses(base_uri(inputs["port"]), Mode(inputs["mode"]), _models(inputs))


def _logs(inputs: Properties) -> str:
    return "; ".join(f"docker logs {name}" for name in inputs["names"].values())
