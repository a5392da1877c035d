"""A service as containers: whole ones compared with files that a review sees, and what must hold for all of them.

`RENEW=1 .venv/bin/python -m pytest tests/plan/test_containers.py` writes the files anew.
"""

import os
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from triton_serving.plan.containers import FIELDS, ContainerService, Room, containers, targets, upstreams
from triton_serving.plan.service import Mode, Script, ServedModel, ServicePlan

GOLDEN = Path(__file__).parent / "golden"
MODELS = (ServedModel("digits", (1, 2)),)
FOLDER = "/home/me/.local/share/triton-serving/services/digits-12345678"
DIRECT = ContainerService(
    plan=ServicePlan("digits", Mode.DIRECT, MODELS),
    owner="digits-12345678",
    port=6789,
    slot=0,
    gateway_image="envoy@sha256:1",
    triton_image="triton@sha256:2",
    environment_image=None,
    gateway_folder=f"{FOLDER}/gateway",
    model_folder=f"{FOLDER}/models/abc",
    source_folder=None,
    startup_seconds=121,
)
SCORING = replace(
    DIRECT,
    plan=ServicePlan("digits", Mode.SCORING, MODELS, Script("score.py", worker_count=2), auth_enabled=True),
    slot=1,
    environment_image="environment@sha256:3",
    source_folder=f"{FOLDER}/sources/def",
    room=Room(cpu_cores_limit=1.5, shared_memory_mb=128, gpus=True),
)
SCRIPT = replace(SCORING, plan=ServicePlan("digits", Mode.SCRIPT, (), Script("score.py")), triton_image=None)
SERVICES = {"direct": DIRECT, "scoring-on-gpu": SCORING, "script": SCRIPT}


@pytest.mark.parametrize("name", SERVICES)
def test_a_whole_service_is_the_committed_one(name: str):
    text = yaml.safe_dump(containers(SERVICES[name]), sort_keys=False, width=120)
    file = GOLDEN / f"containers-{name}.yaml"
    if os.environ.get("RENEW"):
        file.write_text(text)
    assert text == file.read_text(), "if that is meant, run this test with RENEW=1, and commit what it writes"


@pytest.mark.parametrize("name", SERVICES)
def test_every_container_is_confined_and_bounded(name: str):
    for container in containers(SERVICES[name]).values():
        assert container["user"].partition(":")[0] not in ("", "0", "root")
        assert container["readOnly"]
        assert container["capabilities"] == {"drops": ["ALL"]}
        assert container["securityOpts"] == ["no-new-privileges:true"]
        assert container["memory"] == container["memorySwap"] > 0
        assert container["logOpts"]["max-file"]
        assert all(mount["readOnly"] for mount in container["mounts"])
        assert container.keys() <= set(FIELDS)


@pytest.mark.parametrize("name", SERVICES)
def test_only_the_gateway_is_published_and_only_to_this_machine(name: str):
    gateway, *others = containers(SERVICES[name]).values()
    assert [(port["ip"], port["external"]) for port in gateway["ports"]] == [("127.0.0.1", 6789)]
    assert all("ports" not in other for other in others)


def test_the_gateway_is_the_same_whatever_serves_behind_it():
    assert containers(DIRECT)["gateway"] == containers(replace(SCORING, room=Room()))["gateway"]


@pytest.mark.parametrize("mode", list(Mode))
def test_two_sets_share_no_port_and_no_name(mode: Mode):
    one, other = upstreams(mode, 0), upstreams(mode, 1)
    assert not {item.port for item in one} & {item.port for item in other}
    assert not {item.cluster for item in one} & {item.cluster for item in other}
    assert {item.cluster for item in one} == set(filter(None, vars(targets(mode, 0)).values()))


def test_gpus_are_given_to_whom_computes():
    assert {part for part, one in containers(SCORING).items() if "gpus" in one} == {"triton"}
    assert {part for part, one in containers(SCRIPT).items() if "gpus" in one} == {"scoring"}
    assert not any("gpus" in one for one in containers(DIRECT).values())
