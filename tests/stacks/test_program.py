"""The stack's program as a whole."""

import json
import os
import subprocess
import sys

import pytest

from .written import STACKS, defaults

PROGRAM = """
import runpy, sys
import pulumi

class Nothing(pulumi.runtime.Mocks):
    def new_resource(self, args):
        return args.name, {}

    def call(self, args):
        return {}

pulumi.runtime.set_mocks(Nothing(), project="p", stack="local")
sys.path.insert(0, ".")
runpy.run_path("__main__.py")
print(*sys.modules)
"""
OF_CLUSTERS = {"place", "pulumi_kubernetes", "triton_serving.webservice", "triton_serving.gpu_cluster"}


def loaded(**settings: str) -> set[str]:
    config = json.dumps({f"p:{key}": text for key, text in defaults(**settings).items()})
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=STACKS,
        env={**os.environ, "PULUMI_CONFIG": config},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return set(ran.stdout.split())


@pytest.mark.parametrize("mode", ["direct", "scoring"])
def test_a_service_on_this_machine_waits_for_nothing_of_clusters(mode: str) -> None:
    modules = loaded(mode=mode)
    assert {"settings", "triton_serving.local_webservice"} <= modules
    assert not OF_CLUSTERS & modules


def test_a_service_on_a_cluster_has_it_all() -> None:
    image = f"registry.example.com/team/image@sha256:{'a' * 64}"
    modules = loaded(target="kubernetes", tritonImage=image, gatewayImage=image, kubeconfig="kubeconfig")
    assert {"place", "pulumi_kubernetes", "triton_serving.webservice"} <= modules
