"""What the rendered files say, without Envoy: the exact list of what is let through, and where secrets are."""

import dataclasses
import json
import re
from typing import Any

import pytest
from plan.gateway.conftest import DIRECT, SCORING, listed
from triton_serving.plan.gateway.configuration import ARGUMENTS, Targets, Upstream, bootstrap, clusters, routes
from triton_serving.plan.service import Keys, Mode, ServicePlan

KEYS = Keys("primary-key-0123456789", "secondary-key-0123456789")
SCRIPT = dataclasses.replace(SCORING, mode=Mode.SCRIPT)
MODEL = "/v2/models/[A-Za-z0-9_][A-Za-z0-9._-]*(?:/versions/[1-9][0-9]*)?"
GRPC = "/inference.GRPCInferenceService"


def open_routes(plan: ServicePlan, *, ready: bool = True) -> list[dict[str, Any]]:
    (host,) = listed(plan, ready=ready)["resources"][0]["virtual_hosts"]
    found: list[dict[str, Any]] = host["routes"]
    return found


def let_through(plan: ServicePlan, *, ready: bool = True) -> set[tuple[str, str, str]]:
    """Method, path and cluster of every route that leads to a program."""
    found = set()
    for route in open_routes(plan, ready=ready):
        if "route" in route:
            match = route["match"]
            path = match["safe_regex"]["regex"] if "safe_regex" in match else match["path"]
            (method,) = [one["string_match"]["exact"] for one in match["headers"] if one["name"] == ":method"]
            found.add((method, path, route["route"]["cluster"]))
    return found


INFERENCE = {
    ("POST", f"{MODEL}/infer", "one"),
    ("GET", MODEL, "one"),
    ("POST", f"{GRPC}/ModelInfer", "grpc"),
    ("POST", f"{GRPC}/ModelStreamInfer", "grpc"),
    ("POST", f"{GRPC}/ModelMetadata", "grpc"),
}
HEALTH = {
    ("GET", "/v2/health/live", "one"),
    ("GET", "/v2/health/ready", "one"),
    ("GET", f"{MODEL}/ready", "one"),
    ("POST", f"{GRPC}/ServerLive", "grpc"),
    ("POST", f"{GRPC}/ServerReady", "grpc"),
    ("POST", f"{GRPC}/ModelReady", "grpc"),
}
SCORE = {
    ("GET", "/score", "one"),
    ("POST", "/score", "one"),
    ("OPTIONS", "/score", "one"),
    ("GET", "/swagger.json", "one"),
}


def test_direct_mode_lets_through_these_and_nothing_else():
    assert let_through(DIRECT) == INFERENCE | HEALTH
    assert let_through(DIRECT, ready=False) == INFERENCE


@pytest.mark.parametrize("plan", [SCORING, SCRIPT], ids=["scoring", "script"])
def test_with_an_entry_script_these_and_nothing_of_triton(plan: ServicePlan):
    assert let_through(plan) == SCORE | {("GET", "/", "one"), ("HEAD", "/", "one")}
    assert let_through(plan, ready=False) == SCORE


@pytest.mark.parametrize("plan", [DIRECT, SCORING, SCRIPT], ids=["direct", "scoring", "script"])
def test_the_last_route_answers_everything_that_no_other_takes(plan: ServicePlan):
    last = open_routes(plan)[-1]
    assert last["match"] == {"prefix": "/", "headers": []}
    assert last["direct_response"]["status"] == 404


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "a%2Fb", "a b", "a;b", "-a", "ä", "a\n"])
def test_what_cannot_be_the_name_of_a_model_is_not_in_a_path(name: str):
    assert not re.fullmatch(f"{MODEL}/infer", f"/v2/models/{name}/infer")


def test_the_scoring_server_has_time_to_say_itself_that_a_script_took_too_long():
    assert SCORING.script is not None
    slow = dataclasses.replace(SCORING, script=dataclasses.replace(SCORING.script, scoring_timeout_ms=3_600_000))
    times = {route["route"]["timeout"] for route in open_routes(slow) if "route" in route}
    assert times == {"3615.0s"}


def test_keys_stand_in_the_routes_and_nowhere_else():
    locked = dataclasses.replace(DIRECT, auth_enabled=True)
    for key in (KEYS.primary, KEYS.secondary):
        assert f'"Bearer {key}"' in json.dumps(listed(locked, KEYS))
        others = [bootstrap(6789), clusters([Upstream("one", 1)]), ARGUMENTS]
        assert key not in json.dumps(others)


@pytest.mark.parametrize(("asked", "keys"), [(True, None), (False, KEYS)])
def test_keys_and_the_wish_for_them_belong_together(asked: bool, keys: Keys | None):
    with pytest.raises(ValueError, match="keys"):
        listed(dataclasses.replace(DIRECT, auth_enabled=asked), keys)


@pytest.mark.parametrize(("plan", "targets"), [(DIRECT, Targets(http="one")), (SCORING, Targets(http="one"))])
def test_a_mode_without_its_program_is_a_mistake(plan: ServicePlan, targets: Targets):
    with pytest.raises(ValueError, match=f"{plan.mode} mode"):
        routes(plan, targets, None, ready=True)


def test_the_same_plan_gives_the_same_version_and_another_plan_another():
    assert listed(DIRECT) == listed(DIRECT)
    assert listed(DIRECT)["version_info"] != listed(DIRECT, ready=False)["version_info"]


def test_only_loopback_is_listened_on():
    (listener,) = bootstrap(6789)["static_resources"]["listeners"]
    assert listener["address"]["socket_address"] == {"address": "127.0.0.1", "port_value": 6789}


def test_every_path_is_relative_to_the_folder_that_envoy_runs_in():
    start_file = bootstrap(6789)
    assert start_file["admin"]["address"]["pipe"] == {"path": "admin.sock", "mode": 0o600}
    paths = re.findall(r'"path": "([^"]*)"', json.dumps(start_file))
    assert set(paths) == {"admin.sock", "clusters.json", "routes.json", "."}
