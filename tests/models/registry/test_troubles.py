"""Registries that are down, slow, broken or not registries at all: one clear error each."""

import json
import threading
from contextlib import ExitStack

import pytest
from parts.blobs import blob, manifest, random_blob, sha256
from parts.docker_registry import DockerRegistry
from parts.fault_proxy import Answer, FaultProxy
from parts.ports import reserved_port
from parts.remote_registry import remote
from triton_serving.models.registry.exchange import Waits
from triton_serving.models.registry.location import RemoteLocation, read_location
from triton_serving.models.registry.remote import RemoteRegistry
from triton_serving.models.work import Work
from triton_serving.rules.problems import UserError

MANIFEST = manifest(blob(b"{}"))
DIGEST = sha256(MANIFEST)
OCI = {"Content-Type": "application/vnd.oci.image.manifest.v1+json"}
PAGE = b"<!DOCTYPE html><html><body>Sign in to the guest network</body></html>"


def test_a_registry_that_is_down_is_told_after_some_tries(quick: Waits) -> None:
    said: list[str] = []
    refused = r"127.0.0.1:\d+: no connection: connection refused.*list the versions"
    with ExitStack() as held, pytest.raises(UserError, match=refused):
        remote(f"http://127.0.0.1:{reserved_port(held)}", quick, work=Work(said.append)).tags("digits")
    assert len(said) == 3
    assert "trying again" in said[0]


def test_a_registry_that_does_not_answer_is_told_with_the_time_waited() -> None:
    with FaultProxy() as proxy:
        proxy.answers = [Answer("GET", 200, times=None, wait=threading.Event())]
        with pytest.raises(UserError, match=r"no answer for 0\.2 s"):
            remote(proxy.url, Waits(answer=0.2, first_pause=0.01, tries=2)).tags("digits")


def test_waiting_in_vain_has_an_end_however_many_tries_are_left() -> None:
    waits = Waits(answer=0.2, first_pause=0.01, tries=100, patience=0.6)
    with FaultProxy() as proxy:
        proxy.answers = [Answer("GET", 200, times=None, wait=threading.Event())]
        with pytest.raises(UserError, match="tried 3 times"):
            remote(proxy.url, waits).tags("digits")


def test_waiting_for_a_registry_ends_at_the_users_wish() -> None:
    work = Work()
    work.stop.set()
    with ExitStack() as held, pytest.raises(UserError, match="stopped at your request"):
        remote(f"http://127.0.0.1:{reserved_port(held)}", Waits(first_pause=600), work=work).tags("digits")


def test_a_passing_trouble_is_waited_out(faults: FaultProxy, quick: Waits) -> None:
    faults.answers = [Answer("GET", 503), Answer("GET", 502, PAGE)]
    assert remote(faults.url, quick).tags("digits") == []


@pytest.mark.parametrize(
    "answer",
    [
        Answer(".", 200, PAGE, {"Content-Type": "text/html"}, times=None),
        Answer(".", 200, b'{"tags": "none"}', {"Content-Type": "application/json"}, times=None),
        Answer(".", 200, b'{"tags": [1]}', times=None),
        Answer(".", 200, b"[]", times=None),
        Answer(".", 403, PAGE, times=None),
        Answer(".", 400, b'{"errors": "none"}', times=None),
        Answer(".", 302, headers={"Location": "ftp://x"}, times=None),
        Answer(".", 302, headers={"Location": "/again"}, times=None),
        Answer(".", 200, b"{", {"Content-Length": "10"}, times=None),
        Answer(".", 500, b"\0\xff" * 1000, times=None),
    ],
    ids=["page", "text tags", "number tags", "list", "forbidden", "odd errors", "scheme", "loop", "short", "binary"],
)
def test_garbage_is_told_as_one_line_without_dumping_it(answer: Answer, quick: Waits) -> None:
    with FaultProxy() as proxy:
        proxy.answers = [answer]
        for ask in (remote(proxy.url, quick).tags, lambda name: remote(proxy.url, quick).manifest(name, "1")):
            with pytest.raises(UserError) as error:
                ask("digits")
            text = str(error.value)
            assert proxy.host in text
            assert len(text) < 500
            assert "<" not in text
            assert text.isprintable()


def test_an_endless_answer_is_not_read(quick: Waits) -> None:
    with FaultProxy() as proxy:
        proxy.answers = [Answer("GET", 200, b" " * (33 << 20), times=None)]
        with pytest.raises(UserError, match="over 32 MiB"):
            remote(proxy.url, quick).tags("digits")


def test_the_registrys_own_code_and_message_are_told_in_bounds(quick: Waits) -> None:
    body = json.dumps({"errors": [{"code": "DENIED", "message": "quota exceeded\n" + "x" * 5000}]}).encode()
    with FaultProxy() as proxy:
        proxy.answers = [Answer("GET", 403, body, times=None)]
        with pytest.raises(UserError, match=r"DENIED: quota exceeded x+… \(HTTP 403\).*docker login 127") as error:
            remote(proxy.url, quick).tags("digits")
        assert len(str(error.value)) < 600


def test_a_manifest_with_another_digest_is_refused(quick: Waits) -> None:
    with FaultProxy() as proxy:
        proxy.answers = [Answer("GET", 200, MANIFEST + b" ", OCI, times=None)]
        with pytest.raises(UserError, match="damaged"):
            remote(proxy.url, quick).manifest("digits", DIGEST)


def test_a_manifest_that_is_not_the_one_its_header_names_is_refused(quick: Waits) -> None:
    with FaultProxy() as proxy:
        proxy.answers = [Answer("GET", 200, MANIFEST, {**OCI, "Docker-Content-Digest": sha256(b"x")}, times=None)]
        with pytest.raises(UserError, match="damaged"):
            remote(proxy.url, quick).manifest("digits", "1")


@pytest.mark.parametrize("named", ["sha256:12", sha256(b"another")])
def test_a_wrong_digest_in_answer_to_a_look_up_is_refused(named: str, quick: Waits) -> None:
    with FaultProxy() as proxy:
        proxy.answers = [Answer("HEAD", 200, headers={**OCI, "Docker-Content-Digest": named}, times=None)]
        with pytest.raises(UserError, match="when asked to look up"):
            remote(proxy.url, quick).resolve("digits", DIGEST)


def test_a_registry_that_names_no_digest_is_asked_for_the_content(quick: Waits) -> None:
    with FaultProxy() as proxy:
        proxy.answers = [Answer(".", 200, MANIFEST, OCI, times=None)]
        assert remote(proxy.url, quick).resolve("digits", "1") == DIGEST


def test_a_blob_of_another_size_is_damage(quick: Waits) -> None:
    with FaultProxy() as proxy:
        proxy.answers = [Answer("HEAD", 200, headers={"Content-Length": "7"}, times=None)]
        with pytest.raises(UserError, match="with 7 bytes instead of 8; its storage is damaged"):
            remote(proxy.url, quick).has_blob("digits", DIGEST, 8)


def test_a_blob_whose_bytes_rotted_is_refused(docker_registry: DockerRegistry, quick: Waits) -> None:
    registry, content = remote(docker_registry.url, quick), random_blob(1000, seed=77)
    registry.put_blob("rot", content, Work(), lambda _: None)
    docker_registry.blob_file(content.digest).write_bytes(b"\0" * 1000)
    with pytest.raises(UserError, match="damaged"):
        registry.blob("rot", content.digest)


def test_a_redirect_to_the_store_is_followed_for_reading(quick: Waits) -> None:
    content = random_blob(1000)
    with FaultProxy() as registry, FaultProxy() as store:
        registry.answers = [Answer("GET", 307, headers={"Location": f"{store.url}/there?signature=1"})]
        store.answers = [Answer("GET /there", 200, b"".join(content.read(0)))]
        assert remote(registry.url, quick).blob("digits", content.digest) == b"".join(content.read(0))


def test_a_long_list_of_tags_is_read_to_its_end(quick: Waits) -> None:
    with FaultProxy() as proxy:
        proxy.answers = [
            Answer("last=2", 200, b'{"tags": ["3"]}'),
            Answer("GET", 200, b'{"tags": ["1", "2"]}', {"Link": '</v2/team/digits/tags/list?last=2&n=2>; rel="next"'}),
        ]
        assert remote(proxy.url, quick).tags("digits") == ["1", "2", "3"]


def test_a_list_of_tags_that_never_ends_is_told(quick: Waits) -> None:
    link = {"Link": '</v2/team/digits/tags/list?n=1000>; rel="next"'}
    with FaultProxy() as proxy:
        proxy.answers = [Answer("GET", 200, b'{"tags": []}', link, times=None)]
        with pytest.raises(UserError, match="never ends"):
            remote(proxy.url, quick).tags("digits")


def test_where_deleting_is_off_the_tag_stays_and_the_way_out_is_told(tmp_path, quick: Waits) -> None:
    with DockerRegistry(tmp_path / "r", delete=False) as docker:
        registry = remote(docker.url, quick)
        registry.put_blob("digits", blob(b"{}"), Work(), lambda _: None)
        registry.put_manifest("digits", "1", MANIFEST)
        for attempt in (registry.untag, registry.delete):
            with pytest.raises(UserError, match=r"REGISTRY_STORAGE_DELETE_ENABLED=true.*retain_on_delete"):
                attempt("digits", "1" if attempt == registry.untag else DIGEST)
        assert registry.resolve("digits", "1") == DIGEST


def test_a_registry_that_deletes_single_tags_is_asked_for_no_more(quick: Waits) -> None:
    with FaultProxy() as proxy:
        proxy.answers = [
            Answer("GET .*/manifests/1", 200, MANIFEST, OCI),
            Answer("DELETE .*/manifests/1$", 202),
            Answer("HEAD .*/manifests/1", 404),
        ]
        remote(proxy.url, quick).untag("digits", "1")
        assert [seen.method for seen in proxy.seen] == ["GET", "DELETE", "HEAD"]


def test_proxies_of_the_environment_are_used_but_not_for_this_machine(
    monkeypatch: pytest.MonkeyPatch, docker_registry: DockerRegistry, quick: Waits
) -> None:
    with FaultProxy() as proxy:
        proxy.answers = [Answer("GET http://registry.example.com/v2/team/digits/tags", 200, b'{"tags": ["7"]}')]
        monkeypatch.setenv("http_proxy", proxy.url.replace("://", "://me:secret@"))
        location = read_location("http://registry.example.com/team", allow_plain_http=True)
        assert isinstance(location, RemoteLocation)
        assert RemoteRegistry(location, waits=quick).tags("digits") == ["7"]
        assert proxy.seen[0].headers["Proxy-Authorization"].startswith("Basic ")
        assert remote(docker_registry.url, quick).tags("nobody") == []
        assert len(proxy.seen) == 1


LAYER_UNKNOWN = json.dumps({"errors": [{"code": "DIGEST_INVALID"}, {"code": "MANIFEST_BLOB_UNKNOWN"}]}).encode()


@pytest.mark.parametrize("times", [2, None])
def test_a_layer_that_seems_to_be_missing_for_a_moment_is_asked_for_again(
    faults: FaultProxy, prefix: str, quick: Waits, times: int | None
) -> None:
    """What docker-registry answers while another push writes its note of the same layer."""
    registry = remote(f"{faults.url}/{prefix}", quick)
    registry.put_blob("digits", blob(b"{}"), Work(), lambda _: None)
    faults.answers = [Answer("PUT .*/manifests/", 400, LAYER_UNKNOWN, times=times)]
    if times is None:
        with pytest.raises(UserError, match=r"misses a layer that it has taken .*tried"):
            registry.put_manifest("digits", "1", MANIFEST)
    else:
        registry.put_manifest("digits", "1", MANIFEST)
        assert registry.resolve("digits", "1") == DIGEST
