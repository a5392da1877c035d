"""The pack in the real engine, on programs that break rules and on programs that keep them."""

from pathlib import Path

import pytest
from parts.engine import PythonProgram
from parts.policy_pack import policy_options, told

HEAD = """
import pulumi
import pulumi_kubernetes as k8s
from triton_serving import ApiKeys, LocalWebservice, TritonModelRepository

DIGEST = "@sha256:" + "0" * 64


class Shown(pulumi.ComponentResource):
    '''Something of a type whose provider is not here: policies are shown its type and its inputs all the same.'''

    def __init__(self, kind, name, inputs, **options):
        super().__init__(kind, name, inputs, pulumi.ResourceOptions(**options))


on_disk = pulumi.ResourceOptions(provider=k8s.Provider("on-disk", render_yaml_to_directory="rendered"))


def deployment(name, image, replicas, context):
    containers = [{"name": "web", "image": image, "security_context": context}]
    pod = {"metadata": {"labels": {"app": name}}, "spec": {"containers": containers}}
    spec = {"replicas": replicas, "selector": {"match_labels": {"app": name}}, "template": pod}
    k8s.apps.v1.Deployment(name, metadata={"name": name, "namespace": "default"}, spec=spec, opts=on_disk)


models = TritonModelRepository("models", {"directory": "examples/digits/models", "name": "digits"})
"""
BAD = f"""{HEAD}
LocalWebservice("local", {{"model": models.image_ref, "port": 0}})
deployment("web", "nginx:latest", 20, {{}})
Shown(
    "triton-serving:index:TritonWebservice",
    "digits",
    {{
        "authEnabled": False,
        "exposure": "load-balancer",
        "allowEgress": True,
        "tritonImage": "nvcr.io/nvidia/tritonserver:24.01-py3" + DIGEST,
    }},
)
gpus = Shown("triton-serving:index:GpuCluster", "gpus", {{"clusterPurpose": "prod"}})
Shown("azure-native:containerservice:ManagedCluster", "aks", {{"dnsPrefix": "aks"}}, parent=gpus)
Shown("azure-native:containerregistry:Registry", "images", {{"adminUserEnabled": True}}, parent=gpus)
Shown("azure-native:containerservice:AgentPool", "old", {{"vmSize": "Standard_NC6s_v3", "count": 1}}, parent=gpus)
for name in ("first", "second"):
    size = {{"vmSize": "Standard_NC24ads_A100_v4", "enableAutoScaling": True, "maxCount": 5}}
    Shown("azure-native:containerservice:AgentPool", name, size, parent=gpus)
Shown("azure-native:storage:StorageAccount", "data", {{"minimumTlsVersion": "TLS1_2"}})
"""
GOOD = f"""{HEAD}
LocalWebservice("local", {{"model": models.image_ref, "port": 0, "auth_enabled": True}})
restricted = {{
    "run_as_non_root": True,
    "read_only_root_filesystem": True,
    "allow_privilege_escalation": False,
    "capabilities": {{"drop": ["ALL"]}},
    "seccomp_profile": {{"type": "RuntimeDefault"}},
}}
deployment("web", "team.azurecr.io/web" + DIGEST, 2, restricted)
Shown(
    "triton-serving:index:TritonWebservice",
    "digits",
    {{
        "exposure": "load-balancer",
        "tlsSecret": "digits-tls",
        "tritonImage": "nvcr.io/nvidia/tritonserver:26.09-py3" + DIGEST,
    }},
)
gpus = Shown("triton-serving:index:GpuCluster", "gpus", {{"clusterPurpose": "prod"}})
tags = {{"tags": {{"owner": "vision"}}}}
Shown("azure-native:containerregistry:Registry", "images", tags, parent=gpus, protect=True)
pool = {{"vmSize": "Standard_NC24ads_A100_v4", "enableAutoScaling": True, "maxCount": 4, **tags}}
Shown("azure-native:containerservice:AgentPool", "first", pool, parent=gpus)
"""
NOT_KNOWN_BEFORE = f"""{HEAD}
key = pulumi.Output.unsecret(ApiKeys("keys", {{}}).primary_key)
account = {{"allowBlobPublicAccess": False, "allowSharedKeyAccess": key.apply(lambda _: False)}}
Shown("azure-native:storage:StorageAccount", "data", account | {{"minimumTlsVersion": key.apply(lambda _: "TLS1_3")}})
Shown("triton-serving:index:TritonWebservice", "digits", {{"tritonImage": key.apply(lambda _: "nginx:latest")}})
"""
STRICT = {"local-auth": "mandatory", "required-tags": {"tags": ["owner"]}}


@pytest.fixture
def program(tmp_path: Path) -> PythonProgram:
    return PythonProgram(tmp_path)


def test_all_that_breaks_rules_is_told_at_once_with_the_way_out_and_stops_the_preview(program, tmp_path):
    outcome = program.make(BAD).preview(*policy_options(tmp_path, STRICT))
    outcome.refused(
        "'authEnabled' must be true, its default (got False); remove it",
        "name a Secret of type kubernetes.io/tls",
        "'spec.template.spec.containers[0].image' must be an image by digest",
        "copy the image to one of them (oras copy, az acr import)",
        "was retired on 30 September 2025",
        "(got 7300, with GPUs of first 5, second 5 for 730 hours); lower maxCount",
    )
    found = told(outcome)
    # Whichever of the two pools is shown last is told: the engine shows resources side by side.
    hours = {("mandatory", "gpu-hours", name) for name in ("first", "second")}
    assert found & hours
    assert found - hours == {
        ("mandatory", "local-auth", "local"),
        ("mandatory", "images-by-digest", "web"),
        ("mandatory", "image-registries", "web"),
        ("mandatory", "pod-security", "web"),
        ("mandatory", "max-replicas", "web"),
        ("mandatory", "auth", "digits"),
        ("mandatory", "tls", "digits"),
        ("mandatory", "triton-release", "digits"),
        ("advisory", "loosened-defaults", "digits"),
        ("mandatory", "cluster-identity", "aks"),
        ("mandatory", "cluster-api", "aks"),
        ("mandatory", "cluster-network", "aks"),
        ("advisory", "cluster-upkeep", "aks"),
        ("mandatory", "protected-in-production", "aks"),
        ("mandatory", "protected-in-production", "images"),
        ("mandatory", "registry-access", "images"),
        ("mandatory", "gpu-sizes", "old"),
        ("mandatory", "storage-access", "data"),
        *(("mandatory", "required-tags", name) for name in ("aks", "images", "old", "first", "second", "data")),
    }


def test_a_program_that_keeps_the_rules_passes(program, tmp_path):
    assert told(program.make(GOOD).preview(*policy_options(tmp_path, STRICT)).fine()) == set()


def test_the_platform_team_says_what_stops_and_what_is_only_told(program, tmp_path):
    settings = {
        "all": "advisory",
        "pod-security": "disabled",
        "image-registries": {"allowed": ["docker.io/library"]},
        "max-replicas": {"enforcementLevel": "mandatory", "maximum": 20},
    }
    outcome = program.make(BAD).preview(*policy_options(tmp_path, settings)).fine()
    found = told(outcome)
    assert {level for level, _, _ in found} == {"advisory"}
    assert not {"pod-security", "max-replicas"} & {rule for _, rule, _ in found}
    assert ("advisory", "image-registries", "web") not in found
    assert ("advisory", "image-registries", "digits") in found


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (
            {"max-replicas": {"maximum": "many"}},
            "max-replicas: maximum: Invalid type. Expected: integer, given: string",
        ),
        ({"image-registries": {"allowed": "nvcr.io"}}, "image-registries: allowed: Invalid type. Expected: array"),
        ({"image-registries": {"alowed": []}}, "'alowed' is no setting of this rule; did you mean allowed?"),
        ({"auth": {"allowed": []}}, "'allowed' is no setting of this rule; this rule has none"),
    ],
)
def test_settings_that_cannot_be_are_refused_by_name(program, tmp_path, settings, reason):
    outcome = program.make(GOOD).preview(*policy_options(tmp_path, settings))
    assert outcome.code != 0
    assert reason in outcome.text


def test_what_a_preview_cannot_know_is_judged_before_it_is_made(program, tmp_path):
    options = policy_options(tmp_path)
    assert told(program.make(NOT_KNOWN_BEFORE).preview(*options).fine()) == set()
    outcome = program.up(*options)
    assert outcome.code != 0
    assert told(outcome) == {("mandatory", rule, "digits") for rule in ("images-by-digest", "image-registries")}
    assert "index:TritonWebservice" not in program.export()
