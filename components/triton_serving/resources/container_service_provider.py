"""What ContainerService does when the engine asks: judge the inputs, get images and model, describe containers.

    check    as LocalService, with the rules for containers
    create   \\
    update   / images and files in place, and every container described; another set when one of its two has to change
    read     gone when its folder is
    delete   no folder left, nor a container that a killed run left
"""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..local_runtime.container_folder import gateway_folder, model_folder, prepare, serving, source_folder
from ..local_runtime.docker_engine import DockerEngine, Facts
from ..local_runtime.gpus import find_gpus
from ..local_runtime.service import free_port, port_is_free
from ..models.changes import tell
from ..models.image_config import read_inventory, read_needs
from ..models.needs import ModelNeeds
from ..plan.containers import LABEL, ContainerService, Room, containers
from ..plan.service import Mode, Script, ServedModel, ServicePlan
from ..plan.times import startup_seconds
from ..rules.arguments import unknown_arguments
from ..rules.containers import RULES, container_problems
from ..rules.problems import UserError
from ..rules.service import DEFAULT_PORT, mode_of
from .container_service_schema import SERVICE as SCHEMA
from .kubernetes_plan import SHARED_MEMORY_MB, SHARED_MEMORY_MB_PER_INSTANCE
from .local_inputs import changed_inputs, check_inputs, digest_of, known_config, source_of, taken_port
from .local_service_folder import Place, find_place
from .resource import Call, Changes, Checked
from .values import UNKNOWN, Properties, has_unknown

_IMAGES = ("gatewayImage", "tritonImage", "environmentImage")
_OF_PLAN = ("containers", "slot", "served", "startupSeconds")


class ContainerServiceProvider:
    type_name = "ContainerService"
    schema = SCHEMA

    def check(self, call: Call, news: Properties) -> Checked:
        given = {key: value for key, value in news.items() if value is not None}
        problems = unknown_arguments(given.keys() - {"environment"}, SCHEMA["inputProperties"])
        return check_inputs(given, problems, RULES, container_problems)

    def diff(self, call: Call, olds: Properties, news: Properties) -> Changes:
        return changed_inputs(olds, news, SCHEMA)

    def create(self, call: Call, inputs: Properties) -> tuple[str, Properties]:
        place = find_place(call.urn, inputs["name"])
        engine = DockerEngine()
        facts = engine.facts()
        if call.preview:
            _refuse_taken_port(engine, inputs, place.folder)
            return "", _expected(call, inputs, place.folder, _gpus(facts), {})
        identity = place.take()
        for left in engine.of(LABEL, place.folder.name):  # by a run that was killed: they would hold the port
            engine.remove(left)
        return identity, _deploy(call, engine, facts, inputs, place.folder, {})

    def update(self, call: Call, resource_id: str, olds: Properties, inputs: Properties) -> Properties:
        folder = Path(olds["folder"])
        engine = DockerEngine()
        facts = engine.facts()
        if call.preview:
            _refuse_taken_port(engine, inputs, folder)
            expected = _expected(call, inputs, folder, _gpus(facts), olds)
            _warn_of_a_gap(call, olds, expected)
            return expected
        if "files" in inputs and inputs["files"] != olds.get("files"):
            call.engine.notice(call.urn, tell(olds.get("files", {}), inputs["files"]))
        return _deploy(call, engine, facts, inputs, folder, olds)

    def read(self, call: Call, resource_id: str, state: Properties) -> Properties | None:
        if "folder" not in state:
            raise UserError("a service in containers cannot be imported; declare it, and `up` starts it")
        return state if gateway_folder(Path(state["folder"])).exists() else None

    def delete(self, call: Call, resource_id: str, state: Properties) -> None:
        place = Place(Path(state["folder"]), resource_id.rpartition(":")[2])
        if place.is_current():
            engine = DockerEngine()
            for left in engine.of(LABEL, place.folder.name):
                engine.remove(left)
            place.remove()


def _deploy(
    call: Call, engine: DockerEngine, facts: Facts, inputs: Properties, folder: Path, olds: Properties
) -> Properties:
    gpus = _gpus(facts)
    for image in _IMAGES:
        if image in inputs:
            engine.pull(inputs[image], call.work)
    mode = Mode(mode_of(inputs))
    source = source_of(inputs) if "entryScript" in inputs else None
    told = prepare(
        folder,
        inputs.get("model"),
        source,
        call.work,
        gpus=gpus,
        for_triton=mode is not Mode.SCRIPT,
        plain=inputs.get("allowPlainHttp", False),
    )
    for text in (*told, *_unused_gpus(facts)):
        call.engine.notice(call.urn, text)
    port = int(inputs.get("port", DEFAULT_PORT)) or olds.get("usedPort") or free_port()
    config = known_config(call, inputs) if "model" in inputs else b""
    if config is None:
        raise UserError(f"{inputs['model']}: there is no such image (any more); publish the model again")
    return inputs | _planned(inputs, folder, port, config, gpus, olds)


def _expected(call: Call, inputs: Properties, folder: Path, gpus: bool, olds: Properties) -> Properties:
    """What an update would come to, as far as it is known before."""
    known = inputs | {"folder": str(folder), "usedPort": UNKNOWN, **dict.fromkeys(_OF_PLAN, UNKNOWN)}
    known["sourceDigest"] = inputs.get("sourceDigest", "")
    port = inputs.get("port", DEFAULT_PORT)
    port = port if has_unknown(port) else port or olds.get("usedPort", UNKNOWN)
    known |= {"usedPort": port, "modelDigest": UNKNOWN}
    if has_unknown({key: value for key, value in inputs.items() if key != "description"}) or port is UNKNOWN:
        return known
    config = known_config(call, inputs) if "model" in inputs else b""
    return known | digest_of(inputs) if config is None else inputs | _planned(inputs, folder, port, config, gpus, olds)


def _planned(inputs: Properties, folder: Path, port: int, config: bytes, gpus: bool, olds: Properties) -> Properties:
    mode = Mode(mode_of(inputs))
    models = read_needs(config).models if config and mode is not Mode.SCRIPT else ()
    size = sum(size for size, _ in read_inventory(config).values()) if config else 0
    seconds = inputs.get("startupTimeoutSeconds") or math.ceil(startup_seconds(size))
    service = ContainerService(
        plan=_plan(inputs, mode, models),
        owner=folder.name,
        port=port,
        slot=0,
        gateway_image=inputs["gatewayImage"],
        triton_image=inputs.get("tritonImage"),
        environment_image=inputs.get("environmentImage"),
        gateway_folder=str(gateway_folder(folder)),
        model_folder=str(model_folder(folder, inputs["model"])) if "model" in inputs else None,
        source_folder=str(source_folder(folder, inputs["sourceDigest"])) if "entryScript" in inputs else None,
        startup_seconds=seconds,
        room=_room(inputs, models, gpus),
    )
    same_variables = inputs.get("environmentVariables") == olds.get("environmentVariables")
    slot, described = _slot(service, folder, olds, same_variables)
    return {
        "containers": described,
        "folder": str(folder),
        "slot": slot,
        "usedPort": port,
        "served": {model.name: list(model.versions) for model in models},
        "startupSeconds": seconds,
        "gpus": gpus,
        "sourceDigest": inputs.get("sourceDigest", ""),
        **digest_of(inputs),
    }


def _slot(
    service: ContainerService, folder: Path, olds: Properties, same_variables: bool
) -> tuple[int, dict[str, Any]]:
    """The set that is described already, when nothing of it changes; else the one that does not serve."""
    if "slot" in olds:
        same = containers(replace(service, slot=olds["slot"]))
        if _without_gateway(same) == _without_gateway(olds["containers"]) and same_variables:
            return int(olds["slot"]), same
    current = serving(folder)
    slot = 1 - current.slot if current else 0
    return slot, containers(replace(service, slot=slot))


def _without_gateway(described: dict[str, Any]) -> dict[str, Any]:
    return {part: container for part, container in described.items() if part != "gateway"}


def _plan(inputs: Properties, mode: Mode, models: tuple[ModelNeeds, ...]) -> ServicePlan:
    # The caller's own variables are not in the plan: what follows from it is no secret, and they may be.
    workers = int(inputs.get("environmentVariables", {}).get("WORKER_COUNT", Script.worker_count))
    timeout = inputs.get("scoringTimeoutMs", Script.scoring_timeout_ms)
    entry = inputs.get("entryScript")
    if entry and "sourceDirectory" not in inputs:
        entry = Path(entry).name
    return ServicePlan(
        name=inputs["name"],
        mode=mode,
        models=tuple(ServedModel(one.name, one.versions) for one in models),
        script=Script(entry, workers, timeout) if entry else None,
        auth_enabled=inputs.get("authEnabled", False),
    )


def _room(inputs: Properties, models: tuple[ModelNeeds, ...], gpus: bool) -> Room:
    instances = sum(one.instances for one in models if one.backend == "python")
    return Room(
        memory_gb=inputs.get("memoryGb", Room.memory_gb),
        script_memory_gb=inputs.get("scriptMemoryGb", Room.script_memory_gb),
        cpu_cores_limit=inputs.get("cpuCoresLimit"),
        shared_memory_mb=inputs.get("sharedMemoryMb", SHARED_MEMORY_MB + SHARED_MEMORY_MB_PER_INSTANCE * instances),
        gpus=gpus,
    )


def _gpus(facts: Facts) -> bool:
    return facts.nvidia and not find_gpus().none_because


def _unused_gpus(facts: Facts) -> list[str]:
    if facts.nvidia or find_gpus().none_because:
        return []
    return [
        "this machine has an NVIDIA GPU that Docker cannot give to containers, so models run on the CPU; install the "
        "NVIDIA Container Toolkit (nvidia-ctk runtime configure --runtime=docker)"
    ]


def _refuse_taken_port(engine: DockerEngine, inputs: Properties, folder: Path) -> None:
    port = inputs.get("port", DEFAULT_PORT)
    if has_unknown(port) or not port or port_is_free(port) or engine.of(LABEL, folder.name):
        return
    raise taken_port(port)


def _warn_of_a_gap(call: Call, olds: Properties, expected: Properties) -> None:
    before, after = olds.get("containers"), expected["containers"]
    if after is not UNKNOWN and before and before["gateway"] != after["gateway"]:
        call.engine.warn(
            call.urn,
            "the gateway's container changes (its image, its port or its limits): all containers are made anew, and "
            "callers get no answer until the new ones are ready; other changes have no such gap",
        )
