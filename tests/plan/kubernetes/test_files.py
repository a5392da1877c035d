"""The gateway's files and the entry script's folder, as ConfigMaps and Secrets that pods mount."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parts.cluster_services import release, service
from triton_serving.plan.kubernetes.files import (
    LARGEST_FOLDER,
    gateway_files,
    script_config_map,
    script_problem,
    script_volume,
)
from triton_serving.plan.kubernetes.manifests import manifests, routes_versions, secret_manifests, shape_of
from triton_serving.plan.kubernetes.names import CANDIDATE, STABLE, certificate_name
from triton_serving.plan.kubernetes.objects import objects
from triton_serving.plan.kubernetes.service import Certificate, ClusterService, Reach, ScriptFiles, Share
from triton_serving.plan.service import Keys, Mode

KEYS = Keys("primary-key-of-the-test", "secondary-key-of-the-test")
PATHS = st.from_regex(r"[\w .+-]{1,20}(/[\w .+-]{1,20}){0,3}", fullmatch=True).filter(
    lambda path: not any(part in (".", "..") for part in path.split("/")) and not path.startswith("..")
)


def scored(files: dict[str, bytes]) -> ClusterService:
    made = service(Mode.SCORING)
    return replace(made, stable=replace(made.stable, script=ScriptFiles("7" * 64, files)))


def mounted(made: ClusterService) -> dict[str, bytes]:
    """What the script finds, put together as the kubelet does it."""
    source, kept = script_volume(made, STABLE)["configMap"], script_config_map(made, STABLE)
    assert source["name"] == kept["metadata"]["name"]
    binaries = {key: base64.b64decode(value) for key, value in kept.get("binaryData", {}).items()}
    contents = {key: value.encode() for key, value in kept["data"].items()} | binaries
    return {item["path"]: contents[item["key"]] for item in source["items"]}


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(PATHS, st.binary(max_size=50) | st.text(max_size=50).map(str.encode), max_size=6))
def test_every_file_of_the_folder_arrives_byte_for_byte(files: dict[str, bytes]):
    assert mounted(scored(files)) == files


def test_files_whose_paths_look_alike_are_not_mixed_up():
    files = {"a/b": b"1", "a_b": b"2", "a b": b"3", "0000_a_b": b"4", "0001_a_b": b"5"}
    assert mounted(scored(files)) == files


def test_text_is_readable_and_anything_else_is_kept_as_it_is():
    kept = manifests(scored({"score.py": b"run = 1\r\n", "net.bin": b"\x00\xff", "odd.txt": b"\x00"}))["script"]
    assert kept["data"] == {"score.py": "run = 1\r\n"}
    assert kept["binaryData"].keys() == {"net.bin", "odd.txt"}


def test_a_script_is_immutable_and_called_after_its_content():
    first, second = (manifests(replace_digest(digest))["script"] for digest in ("7" * 64, "8" * 64))
    assert first["immutable"] is True
    assert first["metadata"]["name"] == "digits-script-7777777777"
    assert second["metadata"]["name"] == "digits-script-8888888888"


def replace_digest(digest: str) -> ClusterService:
    made = scored({})
    return replace(made, stable=replace(made.stable, script=ScriptFiles(digest, {"score.py": b""})))


def test_a_folder_that_fits_is_no_problem():
    assert script_problem({"score.py": b"x" * LARGEST_FOLDER}) is None


def test_a_folder_that_is_too_large_is_told_with_its_largest_files():
    problem = script_problem({"score.py": b"x", "weights.bin": b"x" * LARGEST_FOLDER})
    assert problem is not None
    assert "1,048,577" in problem
    assert "weights.bin (1,048,576 bytes)" in problem


def test_a_file_that_no_pod_can_mount_is_told():
    assert "..odd" in str(script_problem({"..odd": b""}))


def test_keys_reach_pods_that_run():
    """A Secret that may change, under a name that does not: only then the kubelet brings the new key."""
    made = service()
    before, after = (secret_manifests(made, Keys(one * 20, "s" * 20))["routes"] for one in "ab")
    assert before["immutable"] is False
    assert before["metadata"]["name"] == after["metadata"]["name"]
    assert routes_versions(made, Keys("a" * 20, "s" * 20)) != routes_versions(made, Keys("b" * 20, "s" * 20))


def test_each_releases_gateway_has_a_version_of_its_own_to_say():
    made = service(candidate=release())
    said = [gateway_files(made, which, KEYS).version for which in (STABLE, CANDIDATE)]
    assert routes_versions(made, KEYS) == said
    assert len(set(said)) == 2


def test_a_renewed_certificate_reaches_pods_that_run():
    made = service(reach=Reach(tls_secret=certificate_name("digits"), owns_tls_secret=True))
    first, renewed = (
        secret_manifests(made, KEYS, Certificate(chain, "key"))["certificate"] for chain in ("old", "new")
    )
    assert first["metadata"] == renewed["metadata"]
    assert first["type"] == "kubernetes.io/tls"
    assert first["data"] == {"tls.crt": base64.b64encode(b"old").decode(), "tls.key": base64.b64encode(b"key").decode()}
    assert "certificate" in objects(shape_of(made))
    mounted = manifests(made)["deployment"]["spec"]["template"]["spec"]["volumes"]
    assert {"digits-certificate"} == {
        volume["secret"]["secretName"] for volume in mounted if volume["name"] == "gateway-tls"
    }


def test_shares_reach_pods_that_run():
    made = service(candidate=release())
    more = replace(made, share=Share(50))
    assert names_of(made) == names_of(more)
    assert secret_manifests(made, KEYS)["routes"]["data"] != secret_manifests(more, KEYS)["routes"]["data"]


def test_a_candidate_that_comes_or_goes_reaches_pods_that_run():
    with_candidate, alone = service(candidate=release()), service()
    assert names_of(with_candidate) == names_of(alone)
    assert manifests(with_candidate)["gateway"]["data"] != manifests(alone)["gateway"]["data"]


@pytest.mark.parametrize("change", ["mode", "tls"])
def test_pods_of_an_old_template_keep_the_files_that_they_were_started_with(change: str):
    """They would lead to programs, or to a certificate, that these pods do not have."""
    before = service()
    after = service(Mode.SCORING) if change == "mode" else service(reach=Reach(tls_secret="digits-tls"))  # noqa: S106
    assert not set(names_of(before)) & set(names_of(after))


def test_the_gateway_finds_its_files_in_one_folder():
    made = service(reach=Reach(tls_secret="digits-tls"))  # noqa: S106
    pod = manifests(made)["deployment"]["spec"]["template"]["spec"]
    (volume,) = (one["projected"] for one in pod["volumes"] if one["name"] == "gateway")
    items = [item["path"] for source in volume["sources"] for one in source.values() for item in one["items"]]
    assert items == ["bootstrap.json", "clusters.json", "certificate.json", "routes.json"]


def test_a_candidates_gateway_has_no_certificate_and_no_prefix():
    """Its only caller is the stable version's gateway, which has ended TLS and taken the prefix off."""
    made = service(candidate=release(), reach=Reach(tls_secret="digits-tls", path_prefix="/api/v1"))  # noqa: S106
    assert "certificate.json" not in manifests(made)["candidateGateway"]["data"]
    assert "/api/v1" not in text(secret_manifests(made, KEYS)["candidateRoutes"])


def names_of(made: ClusterService) -> list[str]:
    objects = manifests(made) | secret_manifests(made, KEYS)
    return [objects[name]["metadata"]["name"] for name in ("gateway", "routes")]


def text(secret: dict[str, Any]) -> str:
    return json.dumps(json.loads(base64.b64decode(secret["data"]["routes.json"])))
