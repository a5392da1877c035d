"""The pipelines are what GitHub Actions and Azure Pipelines take, and deploy the stacks that there are."""

import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PIPELINES = ROOT / "examples/pipelines"
CHECK = (ROOT / ".tools/bin/uv", "tool", "run", "--from", "check-jsonschema==0.39.0", "check-jsonschema")
SCHEMAS = {
    "github-actions.yml": ("--builtin-schema", "vendor.github-workflows"),
    # Its patterns are no ECMAScript, which is what the tool takes them for unless told otherwise.
    "azure-pipelines.yml": (
        *("--builtin-schema", "vendor.azure-pipelines"),
        *("--data-transform", "azure-pipelines", "--regex-variant", "python"),
    ),
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_pipeline_is_what_its_system_takes(name: str) -> None:
    checked = subprocess.run([*CHECK, *SCHEMAS[name], PIPELINES / name], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_pipeline_deploys_the_environments_in_their_order(name: str) -> None:
    described = yaml.safe_load((PIPELINES / name).read_text())
    if name == "github-actions.yml":
        stacks = described["jobs"]["deploy"]["strategy"]["matrix"]["stack"]
    else:
        (parameter,) = described["parameters"]
        stacks = parameter["default"]
    assert stacks == ["dev", "staging", "prod"]
    assert all((ROOT / f"stacks/Pulumi.{stack}.yaml").exists() for stack in stacks)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_pipeline_holds_no_secret_and_applies_the_policies(name: str) -> None:
    text = (PIPELINES / name).read_text()
    assert "secrets." not in text
    assert text.count("--policy-pack components/policies") == 2
    assert "ARM_USE_OIDC" in text
