"""What the plugin serves is loaded when it is asked for, and nothing besides."""

import subprocess
import sys

SERVED_HERE = """
import sys
from triton_serving.resources import plugin
from triton_serving.resources.local_service_provider import LocalServiceProvider
from triton_serving.resources.model_version_provider import ModelVersionProvider
print(*sys.modules)
"""
ELSEWHERE = {
    "urllib3",
    "triton_serving.models.registry.client",
    "triton_serving.webservice",
    "triton_serving.gpu_cluster",
}


def test_a_service_on_this_machine_waits_for_nothing_of_registries_and_clusters() -> None:
    ran = subprocess.run([sys.executable, "-c", SERVED_HERE], stdout=subprocess.PIPE, text=True, check=True)
    assert not ELSEWHERE & set(ran.stdout.split())
