"""Whole services as the cluster gets them, compared with files that a review sees.

`RENEW=1 .venv/bin/python -m pytest tests/plan/kubernetes/test_golden.py` writes them anew.
"""

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from parts.whole_services import whole_services
from triton_serving.plan.kubernetes.manifests import manifests, secret_manifests
from triton_serving.plan.service import Keys

GOLDEN = Path(__file__).parent / "golden"
KEYS = Keys("primary-key-of-the-test", "secondary-key-of-the-test")
WAY_OUT = "if that is meant, run this test with RENEW=1 in the environment, and commit what it writes"
SERVICES = whole_services()


@pytest.mark.parametrize("name", SERVICES)
def test_a_whole_service_is_the_committed_one(name: str):
    service = SERVICES[name]
    objects = manifests(service) | secret_manifests(service, KEYS)
    text = yaml.dump_all((_readable(one) for one in objects.values()), Dumper=_Plain, sort_keys=False, width=120)
    file = GOLDEN / f"{name}.yaml"
    if os.environ.get("RENEW"):
        file.write_text(text)
    assert text == file.read_text(), WAY_OUT


def test_no_file_is_left_of_a_service_that_is_not_rendered_any_more():
    assert {file.stem for file in GOLDEN.glob("*.yaml")} == set(SERVICES)


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        """What is said twice is written twice: anchors are for machines."""
        return True


def _readable(manifest: dict[str, Any]) -> Any:
    """Without what has files or tests of its own: the gateway's configuration, the dashboard, expressions for
    Prometheus; and without the digest of the gateway's in names."""
    if manifest["kind"] == "PrometheusRule":
        manifest = manifest | {"spec": "…"}
    if "-script-" not in manifest["metadata"]["name"] and "data" in manifest:
        manifest = manifest | {"data": dict.fromkeys(manifest["data"], "…")}
    return _without_digests(manifest)


def _without_digests(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_digests(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_without_digests(one) for one in value]
    return re.sub(r"-(gateway|routes)-[0-9a-f]{10}$", r"-\1-<digest>", value) if isinstance(value, str) else value
