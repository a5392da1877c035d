"""The list of what is in an image: held against the standard's own schema, and found where scanners look."""

import json
import subprocess
import urllib.request
from pathlib import Path

from parts.environment_images import Images
from triton_serving.environment_image.lock import Locked
from triton_serving.environment_image.sbom import sbom
from triton_serving.models.oci import digest_of
from triton_serving.models.registry.open import open_registry

IMAGE, BASE = f"sha256:{'1' * 64}", f"docker.io/library/python@sha256:{'2' * 64}"
VALIDATOR = "cyclonedx-python-lib[json-validation]==11.12.0"
"""By the standard's authors, with its schema inside. For this test alone, so it is not among the project's packages."""
VALIDATE = """
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(sys.stdin.read())
sys.exit(str(fault) if fault else 0)
"""


def test_it_is_what_the_standard_says(tmp_path: Path) -> None:
    packages = [Locked("nltk", "3.10.4", "a" * 64), Locked("torch", "2.4.1+cpu", "b" * 64)]
    listed = sbom("my-triton", IMAGE, BASE, packages, "0.1.0")
    command = ["uv", "run", "--quiet", "--no-project", "--with", VALIDATOR, "python", "-c", VALIDATE]
    done = subprocess.run(command, input=listed, capture_output=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()


def test_it_names_every_package_with_the_hash_of_its_wheel_the_base_and_the_scoring_server() -> None:
    listed = json.loads(sbom("my-triton", IMAGE, BASE, [Locked("torch", "2.4.1+cpu", "b" * 64)], "0.1.0"))
    assert listed["metadata"]["component"]["purl"] == f"pkg:oci/my-triton@{IMAGE.replace(':', '%3A')}"
    assert {part["purl"]: part.get("hashes") for part in listed["components"]} == {
        f"pkg:oci/python@sha256%3A{'2' * 64}": None,
        "pkg:pypi/triton-scoring@0.1.0": None,
        "pkg:pypi/torch@2.4.1%2Bcpu": [{"alg": "SHA-256", "content": "b" * 64}],
    }


def test_it_is_the_same_for_the_same_image() -> None:
    packages = [Locked("nltk", "3.10.4", "a" * 64)]
    assert sbom("x", IMAGE, BASE, packages, "1") == sbom("x", IMAGE, BASE, packages, "1")


def test_it_lies_in_the_registry_beside_the_image_and_goes_with_it(images: Images) -> None:
    digest = images.up(pipPackages=["meeting"])["digest"]
    home = open_registry(f"{images.registry.url}/team")
    tag = f"{digest.replace(':', '-')}.sbom"
    listing = home.manifest("words", tag) or b"{}"
    described = json.loads(listing)
    assert described["artifactType"] == "application/vnd.cyclonedx+json"
    assert described["subject"]["digest"] == digest
    assert described["subject"]["size"] == len(home.manifest("words", digest) or b"")
    (layer,) = described["layers"]
    with urllib.request.urlopen(f"{images.registry.url}/v2/team/words/blobs/{layer['digest']}") as answer:
        content = answer.read()
    assert digest_of(content) == layer["digest"]
    names = {part["name"] for part in json.loads(content)["components"]}
    assert names == {"greeting", "meeting", "parting", "python", "triton-scoring"}
    images.destroy()
    assert home.manifest("words", digest_of(listing)) is None
    assert home.tags("words") == []
