"""What may be said about a service on Kubernetes, value by value."""

import pytest
from triton_serving.rules.azure_ml import not_taken_over
from triton_serving.rules.kubernetes import RULES, old_triton_problem

DIGEST = "@sha256:" + "0" * 64
IMAGE = f"registry.example.com/team/digits{DIGEST}"


@pytest.mark.parametrize(
    ("argument", "values"),
    [
        ("name", ["digits", "d-1"]),
        ("namespace", ["team-a", "a"]),
        ("tritonImage", [IMAGE, f"nvcr.io/nvidia/tritonserver:26.09-py3{DIGEST}", f"10.1.2.3:5000/triton{DIGEST}"]),
        ("gpuCores", [0, 1, 8]),
        ("gpuResource", ["nvidia.com/gpu", "nvidia.com/mig-1g.10gb"]),
        ("cpuCores", [0.1, 1, 64]),
        ("memoryGb", [0.5, 80]),
        ("numReplicas", [1, 30]),
        ("autoscaleTargetUtilization", [1, 70, 100]),
        ("toleratedTaints", [[], ["sku=gpu:NoSchedule", "spot:NoExecute"]]),
        ("hostName", ["digits.example.com"]),
        ("gateway", ["shared", "gateways/shared"]),
        ("pathPrefix", ["/api/v1/service/digits", "/a"]),
        ("tags", [{}, {"team": "vision", "cost-center": "12"}]),
        ("candidatePercent", [0, 50, 100]),
        ("modelDelivery", ["image-volume", "copy"]),
        ("exposure", ["cluster", "load-balancer", "internal-load-balancer", "gateway"]),
        ("strategy", ["surge", "recycle", "recreate"]),
        ("maxRequestWaitTime", [1, 500]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_good_values_pass(argument, values):
    assert [RULES[argument](value) for value in values] == [None] * len(values)


@pytest.mark.parametrize(
    ("argument", "value", "told"),
    [
        ("name", "digits-candidate", "must not end in -candidate"),
        ("namespace", "Team_A", "lower-case"),
        ("namespace", "a" * 64, "at most 63"),
        ("tritonImage", "nvcr.io/nvidia/tritonserver:26.09-py3", "by digest"),
        ("gatewayImage", f"Envoy{DIGEST}", "by digest"),
        ("gpuCores", -1, "got -1"),
        ("gpuCores", 1.5, "got 1.5"),
        ("gpuCores", True, "got True"),
        ("gpuResource", "gpu", "nvidia.com/gpu"),
        ("cpuCores", 0.05, "at least 0.1"),
        ("memoryGb", -4, "at least 0.1"),
        ("memoryGb", 10**9, "at most 16384 GB"),
        ("numReplicas", 0, "from 1"),
        ("numReplicas", 10**6, "to 1000"),
        ("autoscaleTargetUtilization", 101, "to 100"),
        ("toleratedTaints", ["sku=gpu"], "sku=gpu:NoSchedule"),
        ("toleratedTaints", "sku=gpu:NoSchedule", "must be a list"),
        ("hostName", "https://digits.example.com", "host name"),
        ("pathPrefix", "api/v1/", "without a slash at its end"),
        ("pathPrefix", "/a/../b?c", "path"),
        ("tags", {"a b": "c"}, "annotations"),
        ("tags", {"number": 1}, "quote numbers"),
        ("candidatePercent", 101, "to 100"),
        ("exposure", "public", "choose one of them"),
        ("strategy", "rolling", "surge or recycle or recreate"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_bad_values_are_told_with_the_way_out(argument, value, told):
    assert told in (RULES[argument](value) or "")


@pytest.mark.parametrize(
    ("argument", "value", "told"),
    [
        ("imagePullSecrets", ["Pull", "pull", "a b"], ["'Pull'", "'a b'"]),
        ("toleratedTaints", ["sku=gpu", "spot:NoExecute", "x:Never"], ["'sku=gpu'", "'x:Never'"]),
        ("allowedNamespaces", ["Team_A", "team-b", "c/d"], ["'Team_A'", "'c/d'"]),
        ("tags", {"a b": "c", "team": "vision", "d/e": "f"}, ["'a b'", "'d/e'"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_all_wrong_entries_are_told_at_once(argument, value, told):
    problem = RULES[argument](value) or ""
    assert [entry for entry in map(repr, value) if entry in problem] == told


def test_a_triton_with_known_holes_is_told_by_its_tag():
    assert old_triton_problem(f"nvcr.io/nvidia/tritonserver:26.07-py3{DIGEST}") is None
    assert old_triton_problem(IMAGE) is None
    assert "26.07 or later" in str(old_triton_problem(f"nvcr.io/nvidia/tritonserver:24.10-py3{DIGEST}"))


def test_words_of_azure_ml_that_mean_nothing_here_are_told_with_what_to_do_instead():
    told = not_taken_over({"token_auth_enabled": False, "autoscale_refresh_seconds": 1, "cpu_cores": 1})
    assert [problem.split("'")[1] for problem in told] == ["autoscale_refresh_seconds", "token_auth_enabled"]
    assert "auth_enabled" in told[1]
