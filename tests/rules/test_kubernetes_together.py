"""What goes together in a service on Kubernetes, and what does not."""

import pytest
from triton_serving.rules.kubernetes_together import change_problems, combination_problems, has_candidate, is_autoscaled

DIGEST = "@sha256:" + "0" * 64
IMAGE = f"registry.example.com/team/image{DIGEST}"
DIRECT = {"model": IMAGE, "tritonImage": IMAGE, "gatewayImage": IMAGE, "numReplicas": 1}
SCORING = {**DIRECT, "entryScript": "score.py", "environmentImage": IMAGE}
SCRIPT = {"mode": "script", "entryScript": "score.py", "environmentImage": IMAGE, "gatewayImage": IMAGE}
AUTOSCALED = {key: value for key, value in DIRECT.items() if key != "numReplicas"}


@pytest.mark.parametrize(
    "given",
    [
        DIRECT,
        SCORING,
        SCRIPT,
        {**SCRIPT, "model": IMAGE},
        AUTOSCALED,
        {**AUTOSCALED, "autoscaleEnabled": True, "autoscaleMinReplicas": 2, "autoscaleMaxReplicas": 2},
        {**DIRECT, "autoscaleEnabled": False},
        {**AUTOSCALED, "autoscaleTargetQueueMs": 20, "monitoringNamespace": "monitoring"},
        {**DIRECT, "exposure": "load-balancer", "tlsSecret": "digits-tls"},
        {**DIRECT, "exposure": "internal-load-balancer", "allowUnencryptedClients": True},
        {**DIRECT, "exposure": "gateway", "gateway": "shared/front", "hostName": "digits.example.com"},
        {**DIRECT, "gpuCores": 1, "gpuResource": "nvidia.com/mig-1g.10gb", "mostGpus": 1},
        {**DIRECT, "modelDelivery": "copy", "fetcherImage": IMAGE},
        {**DIRECT, "candidateModel": IMAGE, "candidatePercent": 10},
        {**SCORING, "candidateEntryScript": "new.py", "candidateSourceDirectory": "src"},
        {**SCORING, "scriptCpuCores": 1, "maxRequestWaitTime": 500},
        {**DIRECT, "authEnabled": False},
    ],
    ids=range(17),
)
def test_what_goes_together_passes(given):
    assert combination_problems(given) == []


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, "'model' is required in direct mode; give 'imageRef' of a TritonModelRepository"),
        ({}, "'tritonImage' is required in direct mode; give nvcr.io/nvidia/tritonserver by digest"),
        ({"entryScript": "score.py"}, "'environmentImage' is required in scoring mode"),
        ({**DIRECT, "scoringTimeoutMs": 1}, "'scoringTimeoutMs' has no use in direct mode"),
        ({**SCRIPT, "tritonImage": IMAGE}, "'tritonImage' has no use in script mode"),
        ({**DIRECT, "scriptMemoryGb": 1}, "set 'memoryGb'"),
        ({**DIRECT, "modelDelivery": "copy"}, "'fetcherImage' is required"),
        ({**DIRECT, "fetcherImage": IMAGE}, "'fetcherImage' has no use"),
        ({**DIRECT, "tritonImage": f"nvcr.io/nvidia/tritonserver:25.01-py3{DIGEST}"}, "allowOldTriton"),
        ({**DIRECT, "model": f"oci-layout:///models/digits{DIGEST}"}, "must be in a registry that the cluster reaches"),
        ({**DIRECT, "autoscaleEnabled": True}, "'numReplicas' has no use while 'autoscaleEnabled' is true"),
        ({**AUTOSCALED, "autoscaleEnabled": False}, "'numReplicas' is required while 'autoscaleEnabled' is false"),
        ({**DIRECT, "autoscaleMaxReplicas": 3}, "'autoscaleMaxReplicas' has no use without autoscaling"),
        ({**AUTOSCALED, "autoscaleMinReplicas": 11}, "must be at most 'autoscaleMaxReplicas' (got 11 and 10)"),
        ({**AUTOSCALED, "autoscaleTargetQueueMs": 9}, "needs Prometheus"),
        ({**AUTOSCALED, "autoscaleTargetQueueMs": 9, "autoscaleTargetUtilization": 9}, "two ways to scale"),
        ({**DIRECT, "cpuCoresLimit": 0.5}, "'cpuCoresLimit' must be at least 'cpuCores' (got 0.5 and 1)"),
        ({**DIRECT, "memoryGb": 8, "memoryGbLimit": 4}, "'memoryGbLimit' must be at least 'memoryGb'"),
        ({**DIRECT, "sharedMemoryMb": 4000}, "at most half of the memory"),
        ({**DIRECT, "gpuResource": "nvidia.com/gpu"}, "'gpuResource' has no use without GPUs"),
        ({**DIRECT, "mostGpus": 1}, "'mostGpus' has no use without GPUs"),
        ({**DIRECT, "gpuCores": 4, "mostGpus": 3}, "(got 4 for each of 1, and 3); lower 'numReplicas'"),
        (
            {**AUTOSCALED, "gpuCores": 1, "mostGpus": 1, "candidateModel": IMAGE},
            "(got 1 for each of 2, and 1); lower 'autoscaleMinReplicas'",
        ),
        ({**DIRECT, "exposure": "load-balancer"}, "'tlsSecret' is required with exposure 'load-balancer'"),
        ({**DIRECT, "tlsCertificate": "c"}, "'tlsCertificate' and 'tlsPrivateKey' go together"),
        (
            {**DIRECT, "tlsSecret": "t", "tlsCertificate": "c", "tlsPrivateKey": "k"},
            "'tlsSecret' and 'tlsCertificate' both say which certificate",
        ),
        (
            {**DIRECT, "exposure": "load-balancer", "tlsSecret": "t", "allowedNamespaces": ["shop"]},
            "'allowedNamespaces' has no use with exposure 'load-balancer'",
        ),
        (
            {**DIRECT, "modelDelivery": "copy", "fetcherImage": IMAGE, "imagePullSecrets": ["one", "two"]},
            "'imagePullSecrets' must be one with modelDelivery 'copy'",
        ),
        ({**DIRECT, "exposure": "gateway"}, "'gateway' is required with exposure 'gateway'"),
        ({**DIRECT, "gateway": "shared"}, "'gateway' has no use without exposure 'gateway'"),
        ({**DIRECT, "allowUnencryptedClients": True}, "has no use inside the cluster"),
        ({**DIRECT, "authEnabled": False, "primaryKey": "k"}, "'primaryKey' has no use while keys are off"),
        ({**DIRECT, "candidatePercent": 10}, "'candidatePercent' has no use without a candidate"),
    ],
    ids=range(33),
)
def test_what_does_not_go_together_is_told_with_the_way_out(given, told):
    assert any(told in problem for problem in combination_problems(given)), combination_problems(given)


def test_all_is_told_at_once():
    told = combination_problems({"cpuCoresLimit": 0.5, "exposure": "gateway", "gpuResource": "nvidia.com/gpu"})
    assert len(told) == 7


def test_a_service_is_scaled_by_the_cluster_unless_a_number_is_given_as_in_azure_ml():
    assert is_autoscaled({})
    assert not is_autoscaled({"numReplicas": 2})
    assert not is_autoscaled({"autoscaleEnabled": False})


def test_whatever_of_a_candidate_is_given_makes_one():
    assert has_candidate({"candidateModel": IMAGE})
    assert has_candidate({"candidateEntryScript": "new.py"})
    assert not has_candidate({"candidatePercent": 10})


def test_a_candidate_comes_and_goes_without_a_share():
    share = {**DIRECT, "candidateModel": IMAGE, "candidatePercent": 10}
    none = {**DIRECT, "candidateModel": IMAGE}
    assert "raise it in the next update" in change_problems(DIRECT, share)[0]
    assert "set 'candidatePercent' to 0 first" in change_problems(share, DIRECT)[0]
    assert [change_problems(*step) for step in [(DIRECT, none), (none, share), (share, none), (none, DIRECT)]] == [
        []
    ] * 4


def test_a_value_that_is_wrong_by_itself_hides_nothing_else():
    given = {**DIRECT, "numReplicas": 0, "cpuCoresLimit": "much", "exposure": "gateway"}
    told = combination_problems(given, {"numReplicas", "cpuCoresLimit"})
    assert [problem.split("'")[1] for problem in told] == ["gateway", "hostName"]
    assert combination_problems({**given, "exposure": "public"}, {"exposure"}) == []
