"""Uploads that are cut, over a proxy that cuts them, before the real registry."""

from pathlib import Path

import pytest
from parts.blobs import random_blob
from parts.docker_registry import DockerRegistry
from parts.fault_proxy import Answer, FaultProxy
from parts.remote_registry import remote
from triton_serving.models.registry import Blob, upload
from triton_serving.models.registry.exchange import Waits
from triton_serving.models.registry.remote import RemoteRegistry
from triton_serving.models.work import Work
from triton_serving.rules.problems import UserError

PIECE = 400_000
SIZE = 2_000_000
ASKS_FOR_A_LOGIN = {"WWW-Authenticate": 'Basic realm="x"'}
GIVES_UP = Waits(connect=30, answer=30, finish=30, first_pause=0.01, tries=1)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "PIECE", PIECE)


def put(registry: RemoteRegistry, blob: Blob, work: Work | None = None) -> int:
    sent: list[int] = []
    registry.put_blob("digits", blob, work or Work(), sent.append)
    return sum(sent)


@pytest.mark.parametrize("percent", [10, 50, 99])
@pytest.mark.parametrize("on_cut", ["dropped", "kept"])
def test_the_run_after_a_cut_one_sends_only_the_rest(faults: FaultProxy, prefix: str, percent: int, on_cut) -> None:
    blob = random_blob(SIZE)
    faults.cut_at, faults.on_cut = SIZE * percent // 100 - 100, on_cut
    with pytest.raises(UserError, match="cut"):
        put(remote(faults.url, GIVES_UP, prefix), blob)
    there = faults.uploaded if on_cut == "kept" else (faults.uploaded - 1) // PIECE * PIECE
    assert put(remote(faults.url, GIVES_UP, prefix), blob) == SIZE - there
    assert remote(faults.url, GIVES_UP, prefix).has_blob("digits", blob.digest, SIZE)


@pytest.mark.parametrize("on_cut", ["dropped", "kept"])
def test_a_cut_is_waited_out_within_a_run(faults: FaultProxy, prefix: str, quick: Waits, on_cut) -> None:
    blob = random_blob(SIZE)
    faults.cut_at, faults.on_cut = SIZE // 2, on_cut
    said: list[str] = []
    put(remote(faults.url, quick, prefix), blob, Work(said.append))
    assert remote(faults.url, quick, prefix).has_blob("digits", blob.digest, SIZE)
    assert faults.uploaded < SIZE + 2 * PIECE
    assert any("trying again" in text for text in said)


def test_an_upload_that_the_registry_threw_away_starts_anew(faults: FaultProxy, prefix: str, quick: Waits) -> None:
    """Docker's registry cannot go on after half a piece; nothing of the half piece may end up in the blob."""
    blob = random_blob(SIZE)
    faults.cut_at, faults.on_cut = SIZE // 2 + PIECE // 2, "passed on"
    put(remote(faults.url, quick, prefix), blob)
    assert remote(faults.url, quick, prefix).has_blob("digits", blob.digest, SIZE)
    assert len(faults.asked("POST")) == 2


def test_a_registry_that_lost_the_upload_gets_all_of_it_in_the_next_run(
    faults: FaultProxy, docker_registry: DockerRegistry, prefix: str
) -> None:
    blob = random_blob(SIZE)
    faults.cut_at = SIZE // 2
    with pytest.raises(UserError):
        put(remote(faults.url, GIVES_UP, prefix), blob)
    for part in docker_registry.storage.glob(f"docker/registry/v2/repositories/{prefix}/digits/_uploads/*/data"):
        part.unlink()
    assert put(remote(faults.url, GIVES_UP, prefix), blob) == SIZE


def test_a_remembered_upload_that_went_wrong_starts_anew(faults: FaultProxy, prefix: str, quick: Waits) -> None:
    blob, other = random_blob(SIZE), random_blob(SIZE, seed=2)
    faults.cut_at = SIZE // 2
    with pytest.raises(UserError):
        put(remote(faults.url, GIVES_UP, prefix), Blob(blob.digest, SIZE, other.read))
    put(remote(faults.url, quick, prefix), blob)
    assert remote(faults.url, quick, prefix).has_blob("digits", blob.digest, SIZE)


def test_an_upload_that_the_registry_disowns_starts_anew(faults: FaultProxy, prefix: str, quick: Waits) -> None:
    disowned = b'{"errors":[{"code":"BLOB_UPLOAD_INVALID","message":"blob upload invalid"}]}'
    faults.answers.append(Answer("PATCH", 400, disowned))
    assert put(remote(faults.url, quick, prefix), random_blob(SIZE)) == SIZE + PIECE
    assert len(faults.asked("POST")) == 2


def test_nothing_is_remembered_of_a_finished_upload(faults: FaultProxy, prefix: str, own_cache: Path) -> None:
    put(remote(faults.url, GIVES_UP, prefix), random_blob(SIZE))
    assert not list(own_cache.rglob("*.json"))


def test_what_is_remembered_is_for_the_owners_eyes_only(faults: FaultProxy, prefix: str, own_cache: Path) -> None:
    faults.cut_at = SIZE // 2
    with pytest.raises(UserError):
        put(remote(faults.url, GIVES_UP, prefix), random_blob(SIZE))
    (file,) = own_cache.rglob("*.json")
    assert file.stat().st_mode & 0o077 == 0


def test_a_stop_between_pieces_loses_nothing(faults: FaultProxy, prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The piece under way is finished, so that any registry can go on from there."""
    monkeypatch.setattr(upload, "GRACE", 60.0)
    blob, work = random_blob(SIZE), Work()
    with pytest.raises(UserError, match="stopped at your request"):
        remote(faults.url, GIVES_UP, prefix).put_blob("digits", blob, work, lambda _: work.stop.set())
    assert faults.uploaded == PIECE
    assert put(remote(faults.url, GIVES_UP, prefix), blob) == SIZE - PIECE


def test_a_full_registry_is_told_after_some_tries(faults: FaultProxy, prefix: str, quick: Waits) -> None:
    body = b'{"errors":[{"code":"UNKNOWN","message":"no space left on device"}]}'
    faults.answers.append(Answer("PATCH", 500, body, times=None))
    with pytest.raises(UserError, match=r"UNKNOWN: no space left on device \(HTTP 500\).*tried 4 times"):
        put(remote(faults.url, quick, prefix), random_blob(SIZE))


def test_a_busy_registry_is_given_the_time_it_asks_for(faults: FaultProxy, prefix: str, quick: Waits) -> None:
    faults.answers.append(Answer("PATCH", 429, headers={"Retry-After": "1"}))
    said: list[str] = []
    put(remote(faults.url, quick, prefix), random_blob(SIZE), Work(said.append))
    assert any("HTTP 429" in text and "in 1.0 s" in text for text in said)


def test_a_registry_that_asks_to_wait_for_an_hour_is_told_at_once(
    faults: FaultProxy, prefix: str, quick: Waits
) -> None:
    faults.answers.append(Answer("PATCH", 429, headers={"Retry-After": "3600"}, times=None))
    with pytest.raises(UserError, match=r"HTTP 429.*asks to wait 3600 s"):
        put(remote(faults.url, quick, prefix), random_blob(SIZE))
    assert len(faults.asked("PATCH")) == 1


def test_a_refused_piece_is_not_sent_again(faults: FaultProxy, prefix: str, quick: Waits) -> None:
    faults.answers.append(Answer("PATCH", 413, b"<html>too large</html>", {"Content-Type": "text/html"}, times=None))
    with pytest.raises(UserError, match=r"HTTP 413 with 22 bytes of text/html; .*limits the size of a request"):
        put(remote(faults.url, quick, prefix), random_blob(SIZE))
    assert len(faults.asked("PATCH")) == 1


def test_an_upload_sent_on_to_another_host_takes_no_login_there(
    faults: FaultProxy, prefix: str, quick: Waits, own_docker_config: Path
) -> None:
    """Cloud registries keep blobs in a store of their own; the login is none of its business."""
    (own_docker_config / "config.json").write_text(f'{{"auths": {{"{faults.host}": {{"auth": "bWU6c2VjcmV0"}}}}}}')
    with FaultProxy() as store:
        store.answers = [Answer("PUT", 201)]
        faults.answers = [
            Answer("POST", 401, headers=ASKS_FOR_A_LOGIN),
            Answer("POST", 202, headers={"Location": f"{store.url}/v2/{prefix}/digits/blobs/uploads/1?signature=1"}),
        ]
        put(remote(faults.url, quick, prefix), random_blob(1000))
    assert faults.asked("POST")[1].headers["Authorization"] == "Basic bWU6c2VjcmV0"
    assert "Authorization" not in store.asked("PUT")[0].headers
    assert store.asked("PUT", "digest=sha256")[0].body == b"".join(random_blob(1000).read(0))


def test_another_host_that_asks_for_the_login_does_not_get_it(
    faults: FaultProxy, prefix: str, quick: Waits, own_docker_config: Path
) -> None:
    (own_docker_config / "config.json").write_text(f'{{"auths": {{"{faults.host}": {{"auth": "bWU6c2VjcmV0"}}}}}}')
    with FaultProxy() as store:
        store.answers = [Answer("PUT", 401, headers=ASKS_FOR_A_LOGIN, times=None)]
        faults.answers = [Answer("POST", 202, headers={"Location": f"{store.url}/1"})]
        with pytest.raises(UserError, match="HTTP 401"):
            put(remote(faults.url, quick, prefix), random_blob(1000))
    assert ["Authorization" in seen.headers for seen in store.seen] == [False]


def test_relative_locations_are_followed(prefix: str, quick: Waits, tmp_path: Path) -> None:
    with DockerRegistry(tmp_path / "r", settings={"HTTP_RELATIVEURLS": "true"}) as registry:
        put(remote(registry.url, quick, prefix), random_blob(SIZE))
        assert remote(registry.url, quick, prefix).has_blob("digits", random_blob(SIZE).digest, SIZE)


def test_a_location_that_is_missing_is_told(faults: FaultProxy, prefix: str, quick: Waits) -> None:
    faults.answers.append(Answer("POST", 202, times=None))
    with pytest.raises(UserError, match="HTTP 202 without a usable Location"):
        put(remote(faults.url, quick, prefix), random_blob(1000))
