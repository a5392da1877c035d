"""What checkov, which knows Azure's recommendations, finds about the clusters and registries that are made."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from .arm import template
from .planned import DEV, PROD, resources

CHECKOV = "checkov==3.3.30"
UV = Path(__file__).parents[3] / ".tools" / "bin" / "uv"
FIRST_TIME = 240.0
"""Seconds: uv downloads it once, 96 packages."""

EXPLAINED = {
    "CKV_AZURE_4": "Azure Monitor for containers bills each log line; services have metrics and alerts for Prometheus.",
    "CKV_AZURE_6": "With a private API nobody outside of the network reaches it, so there are no ranges to allow.",
    "CKV_AZURE_8": "The dashboard is no add-on of AKS any more; the check wants to see it switched off by name.",
    "CKV_AZURE_139": "`pulumi up` pushes to the registry from wherever it runs, signed in by Entra; a private endpoint "
    "takes a network of the user's.",
    "CKV_AZURE_166": "Quarantine is a preview, and holds images back until a scanner of the user's lets them go.",
    "CKV_AZURE_168": "A node with GPUs runs few pods, about one for each GPU, beside AKS's own.",
    "CKV_AZURE_172": "It is about an add-on for Key Vault that is not installed.",
    "CKV_AZURE_227": "Encryption at the host has to be registered for the subscription first; without it AKS would "
    "refuse every pool.",
}
"""Each finding that is left, and why."""
OF_PRIVATE_CLUSTERS = {"CKV_AZURE_6"}
"""Not found where the API is public."""


@pytest.fixture(scope="module")
def reports(tmp_path_factory) -> dict[str, tuple[set[str], set[str]]]:
    """For each stage the checks that passed, and those that failed."""
    folder = tmp_path_factory.mktemp("templates")
    for name, given in (("dev", DEV), ("prod", PROD)):
        (folder / f"{name}.json").write_text(json.dumps(template(resources(given))))
    command = [UV, "tool", "run", "--from", CHECKOV, "checkov", "--directory", folder, "--framework", "arm"]
    command += ["--skip-download", "--compact", "--soft-fail", "--output", "json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=FIRST_TIME, env=os.environ, check=False)
    if done.returncode:
        pytest.skip(f"checkov cannot be run here: {done.stderr[-300:]}")
    results = json.loads(done.stdout)["results"]
    return {
        stage: tuple(
            {one["check_id"] for one in results[kind] if one["file_path"].endswith(f"{stage}.json")}
            for kind in ("passed_checks", "failed_checks")
        )
        for stage in ("dev", "prod")
    }


def test_every_finding_is_explained_and_nothing_is_explained_that_is_not_found(reports):
    assert reports["dev"][1] == EXPLAINED.keys() - OF_PRIVATE_CLUSTERS
    assert reports["prod"][1] == EXPLAINED.keys()


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_what_it_recommends_for_every_cluster_is_done(reports, stage):
    """RBAC, network policies, no local administrator, upgrades; no admin user or anonymous pull."""
    wanted = {"CKV_AZURE_5", "CKV_AZURE_7", "CKV_AZURE_141", "CKV_AZURE_171"}
    wanted |= {"CKV_AZURE_137", "CKV_AZURE_138"}
    assert wanted <= reports[stage][0]
