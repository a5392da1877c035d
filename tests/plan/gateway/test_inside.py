"""The gateway of containers, real Envoy: a way in for who knows its name, for nobody else, and not without end."""

import json
from pathlib import Path

import pytest
from parts.docker_registry import free_port
from parts.envoy import envoy
from parts.raw_http import Recorder, send
from plan.gateway.conftest import DIRECT, listed
from triton_serving.plan.gateway.configuration import Targets, Upstream, bootstrap, clusters
from triton_serving.plan.gateway.inside import IN_FORCE_PATH, container_bootstrap, starting, with_inside, with_upstreams
from triton_serving.plan.service import Keys

KEYS = Keys("primary-key-0123456789", "secondary-key-0123456789")
SECRET = "of this service"  # noqa: S105 - of a test
NEW = Targets(http="new", grpc=None, scoring="new")


def status(port: int, path: str, host: str) -> int:
    return send(port, f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()).status


@pytest.fixture
def upstream():
    with Recorder() as recorder:
        yield recorder


def test_until_something_serves_callers_hear_that_it_starts_and_who_knows_the_name_gets_in(
    tmp_path: Path, upstream: Recorder
):
    behind = with_upstreams(clusters([]), [Upstream("new", upstream.port)])
    found, host = with_inside(starting(), NEW, SECRET)
    with envoy(tmp_path, bootstrap(free_port()), behind, found) as running:
        assert status(running.port, "/v2/health/ready", "localhost") == 503
        assert status(running.port, IN_FORCE_PATH, host) == 204
        assert status(running.port, "/v2/health/ready", host) == 200
        assert status(running.port, "/", host) == 200
        assert status(running.port, "/anything", host) == 404


def test_the_name_changes_with_what_is_in_front_so_it_tells_what_is_in_force(tmp_path: Path, upstream: Recorder):
    before, old = with_inside(starting(), NEW, SECRET)
    after, new = with_inside(before | listed(DIRECT), NEW, SECRET)
    assert old != new
    with envoy(tmp_path, bootstrap(free_port()), clusters([Upstream("new", upstream.port)]), before) as running:
        assert status(running.port, IN_FORCE_PATH, new) == 503
        running.replace("routes.json", after)
        assert status(running.port, IN_FORCE_PATH, new) == 204
        assert status(running.port, IN_FORCE_PATH, old) == 404


def test_keys_are_asked_of_everybody_else():
    locked = type(DIRECT)(**{**vars(DIRECT), "auth_enabled": True})
    found, host = with_inside(listed(locked, KEYS), NEW, SECRET)
    front, inside = found["resources"][0]["virtual_hosts"]
    assert front["domains"] == ["*"]
    assert "matcher" in front
    assert inside["domains"] == [host]


def test_the_name_follows_from_the_secret_and_a_second_way_replaces_the_first():
    first, host = with_inside(starting(), NEW, SECRET)
    assert with_inside(starting(), NEW, "another")[1] != host
    again, same = with_inside(first, NEW, SECRET)
    assert (again, same) == (first, host)
    assert SECRET not in json.dumps(first)


def test_clusters_that_serve_stay_while_others_come():
    one = with_upstreams(clusters([]), [Upstream("triton-0", 8000)])
    two = with_upstreams(one, [Upstream("triton-1", 8010)])
    assert [item["name"] for item in two["resources"]] == ["triton-0", "triton-1"]
    moved = with_upstreams(two, [Upstream("triton-0", 8005)])
    assert [item["name"] for item in moved["resources"]] == ["triton-1", "triton-0"]


def test_the_start_file_is_the_same_for_every_service():
    assert container_bootstrap() == container_bootstrap()
    assert "8080" in json.dumps(container_bootstrap())
