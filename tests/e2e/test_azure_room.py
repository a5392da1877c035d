"""A preview asks Azure whether there is room, as whoever is signed in; nothing is made where there is none."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from parts.azure_manager import SUBSCRIPTION, AzureManager, closed
from parts.azure_registry import AzureRegistry
from parts.certificates import make_certificates
from parts.engine import NEEDED, ROOT, ModelsProgram, PythonProgram
from parts.identity_endpoint import IdentityEndpoint

POOL = {"name": "a100", "vmSize": "Standard_NC24ads_A100_v4", "nodes": 2}
PROGRAM = f"""
import json
from pathlib import Path
import pulumi
from triton_serving.resources.azure_capacity import AzureCapacity
pools = json.loads(Path("pools.json").read_text())
room = AzureCapacity("room", {{"subscriptionId": "{SUBSCRIPTION}", "location": "westeurope", "pools": pools}})
pulumi.export("wanted", room.output("vcpusWanted"))
pulumi.export("left", room.output("vcpusLeft"))
"""


@pytest.fixture
def identity() -> Iterator[IdentityEndpoint]:
    with IdentityEndpoint() as endpoint:
        yield endpoint


@pytest.fixture
def azure(identity: IdentityEndpoint) -> Iterator[AzureManager]:
    with AzureManager(identity) as manager:
        yield manager


@pytest.fixture
def stack(tmp_path: Path, identity: IdentityEndpoint, azure: AzureManager) -> PythonProgram:
    made = PythonProgram(tmp_path).make(PROGRAM)
    made.environ |= identity.environment() | azure.environment()
    declare(made, POOL)
    return made


def declare(stack: PythonProgram, *pools: dict[str, object]) -> None:
    (stack.project / "pools.json").write_text(json.dumps(pools))


def test_room_is_shown_in_the_preview_and_asked_for_again_only_when_more_is_wanted(
    stack: PythonProgram, azure: AzureManager, identity: IdentityEndpoint
) -> None:
    told = stack.preview().fine().text
    assert "48 vCPUs wanted of Standard NCADS_A100_v4 Family vCPUs, 72 left" in told
    stack.up().fine()
    assert stack.outputs()["left"] == {"standardncadsa100v4family": 72, "cores": 190}
    asked = len(azure.asked)
    stack.up("--expect-no-changes").fine()
    assert len(azure.asked) == asked
    azure.usages[3]["currentValue"] = 96
    declare(stack, {**POOL, "nodes": 3})
    stack.preview().refused("'nodes' of pool 'a100' come to 72 vCPUs", "24 are missing (QuotaExceeded)")
    declare(stack, {**POOL, "nodes": 1})
    stack.up().fine()
    stack.destroy().fine()
    kept = "".join(path.read_text(errors="replace") for path in stack.folder.rglob("*") if _is_kept(path))
    assert [secret for secret in identity.secrets if secret in kept] == []


def test_a_preview_refuses_with_all_that_stands_in_the_way(stack: PythonProgram, azure: AzureManager) -> None:
    azure.sizes[2]["restrictions"] = [closed()]
    azure.registered["Microsoft.ContainerService"] = "NotRegistered"
    declare(stack, POOL, {"name": "t4", "vmSize": "Standard_NC4as_T4_v3", "nodes": 9, "zones": ["3"]})
    stack.preview().refused(
        "'vmSize' of pool 'a100'", "NotAvailableForSubscription", "'zones' of pool 't4'", "'nodes' of pool 't4'",
        "az provider register --namespace Microsoft.ContainerService",
    )  # fmt: skip


def test_who_is_not_signed_in_is_warned_and_goes_on(stack: PythonProgram, identity: IdentityEndpoint) -> None:
    identity.signed_in = False
    told = stack.up().fine().text
    assert "not all is known of the room in westeurope" in told
    assert "`az login`" in told


def test_a_model_is_published_to_azures_registry_without_a_password(tmp_path: Path, identity: IdentityEndpoint) -> None:
    certificates = make_certificates(tmp_path / "certificates")
    with AzureRegistry(tmp_path / "acr", identity, certificates) as registry:
        stack = ModelsProgram(tmp_path / "stack").make()
        stack.environ |= identity.environment() | registry.environment()
        stack.declare(**NEEDED, registry=f"{registry.url}/team")
        stack.up().fine()
        assert stack.outputs()["imageRef"].startswith(f"{registry.host}/team/digits@sha256:")
        stack.up("--expect-no-changes").fine()
        registry.rights = set()
        stack.preview().refused("may not read there", "AcrPull")  # previews do not wait for a role
        registry.rights = {"pull"}
        (stack.models / "triton/digits/notes.txt").write_text("new")
        tried = len(registry.front.asked("POST", "/blobs/uploads/"))
        running = stack.start("up", "--yes", "--skip-preview")
        running.until(lambda: len(registry.front.asked("POST", "/blobs/uploads/")) > tried)
        registry.rights = {"pull", "push", "delete"}
        running.outcome().fine()
        stack.destroy().fine()
        kept = "".join(path.read_text(errors="replace") for path in stack.folder.rglob("*") if _is_kept(path))
        assert [secret for secret in (*identity.secrets, *registry.secrets) if secret in kept] == []


def _is_kept(path: Path) -> bool:
    """State, backups and logs of the run; not what is linked from the checkout."""
    return path.is_file() and not path.is_symlink() and ROOT not in path.resolve().parents
