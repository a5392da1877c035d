"""Files that Envoy does not understand, and a port that is taken: what served goes on, and no key is shown."""

import dataclasses
import json
import re
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest
from parts.docker_registry import free_port
from parts.envoy import Envoy, envoy, program, put
from parts.raw_http import send
from plan.gateway.conftest import DIRECT, Start, listed
from triton_serving.plan.gateway.configuration import ARGUMENTS, Upstream, bootstrap, clusters
from triton_serving.plan.service import Keys

KEYS = Keys("primary-key-0123456789", "secondary-key-0123456789")
LOCKED = dataclasses.replace(DIRECT, auth_enabled=True)
GOOD = listed(LOCKED, KEYS)
ASK = f"GET /v2/models/digits HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {KEYS.primary}\r\n\r\n".encode()


def with_service(**fields: Any) -> str:
    return json.dumps({"version_info": "broken", "resources": [{**GOOD["resources"][0], **fields}]})


BROKEN = {
    "empty": "",
    "cut": json.dumps(GOOD)[:-100],
    "no-domain": with_service(virtual_hosts=[{**GOOD["resources"][0]["virtual_hosts"][0], "domains": []}]),
    "unknown-type": json.dumps(GOOD).replace("route.v3.RouteConfiguration", "route.v3.Nonsense"),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_a_broken_routes_file_changes_nothing_and_shows_no_key(start: Start, broken: str):
    gateway = start(LOCKED, KEYS)
    put(gateway.envoy.folder, "routes.json", broken)
    gateway.envoy.wait_for(lambda: refused(gateway.envoy, "http.service.rds.service") == 1)
    assert send(gateway.port, ASK).status == 200
    gateway.envoy.replace("routes.json", listed(LOCKED, Keys("another-key-0123456789", KEYS.secondary)))
    assert send(gateway.port, ASK).status == 401
    assert no_key_in(gateway.envoy.log)


def test_a_broken_clusters_file_changes_nothing(start: Start):
    gateway = start(LOCKED, KEYS)
    put(gateway.envoy.folder, "clusters.json", json.dumps(clusters([Upstream("one", 1)]))[:-10])
    gateway.envoy.wait_for(lambda: refused(gateway.envoy, "cluster_manager.cds") == 1)
    assert send(gateway.port, ASK).status == 200


def test_without_routes_nothing_is_let_through(tmp_path: Path):
    with envoy(tmp_path, bootstrap(free_port()), clusters([]), {"version_info": "none", "resources": []}) as running:
        assert send(running.port, ASK).status == 404


def test_a_port_that_is_taken_ends_the_start_and_names_it(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"127.0.0.1:{port}" in end_of_start(tmp_path, bootstrap(port))


def test_a_broken_start_file_ends_the_start_and_shows_no_key(tmp_path: Path):
    assert "no_such_field" in end_of_start(tmp_path, {**bootstrap(free_port()), "no_such_field": 1})


def end_of_start(folder: Path, start_file: dict[str, Any]) -> str:
    for name, content in (("bootstrap.json", start_file), ("clusters.json", clusters([])), ("routes.json", GOOD)):
        put(folder, name, json.dumps(content))
    ended = subprocess.run([program(), *ARGUMENTS], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert no_key_in(ended.stdout + ended.stderr)
    return ended.stderr


def refused(running: Envoy, source: str) -> int:
    return sum(
        map(int, re.findall(rf"^{source}\.update_(?:rejected|failure): (\d+)$", running.admin("/stats"), re.MULTILINE))
    )


def no_key_in(text: str) -> bool:
    return KEYS.primary not in text and KEYS.secondary not in text
