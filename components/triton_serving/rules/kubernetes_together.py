"""What does not go together in a service on Kubernetes, by the names of the inputs. Pure, and all at once."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from .kubernetes import old_triton_problem
from .service import mode_of

Given = Mapping[str, Any]

_OF_SCRIPTS = (
    "entryScript",
    "sourceDirectory",
    "environmentImage",
    "environmentVariables",
    "scoringTimeoutMs",
    "maxRequestWaitTime",
    "candidateEntryScript",
    "candidateSourceDirectory",
    "candidateEnvironmentImage",
)
_OF_TRITON = ("tritonImage", "sharedMemoryMb", "autoscaleTargetQueueMs", "allowOldTriton")
_OF_AUTOSCALING = (
    "autoscaleMinReplicas",
    "autoscaleMaxReplicas",
    "autoscaleTargetUtilization",
    "autoscaleTargetQueueMs",
)
_WHERE_FROM = {
    "model": "give 'imageRef' of a TritonModelRepository",
    "tritonImage": "give nvcr.io/nvidia/tritonserver by digest",
    "gatewayImage": "give docker.io/envoyproxy/envoy by digest",
    "environmentImage": "give 'imageRef' of a ScoringEnvironment with a registry",
    "entryScript": "give the path of the file with init() and run()",
}
_OF_CANDIDATES = ("candidateModel", "candidateEntryScript", "candidateEnvironmentImage")


def is_autoscaled(given: Given) -> bool:
    """As in v1: unless a number of replicas is given."""
    return bool(given.get("autoscaleEnabled", "numReplicas" not in given))


def has_candidate(given: Given) -> bool:
    return any(name in given for name in _OF_CANDIDATES)


_DECIDING = frozenset(
    {"mode", "exposure", "modelDelivery", "authEnabled", "autoscaleEnabled", "allowUnencryptedClients"}
)
"""A wrong value of these leaves open what else belongs there."""
_COMPARED = frozenset(
    {
        "cpuCores",
        "cpuCoresLimit",
        "memoryGb",
        "memoryGbLimit",
        "sharedMemoryMb",
        "autoscaleMinReplicas",
        "autoscaleMaxReplicas",
        "candidatePercent",
    }
)
_OF_GPUS = frozenset({"gpuCores", "mostGpus", "numReplicas"})


def combination_problems(given: Given, wrong: Collection[str] = ()) -> list[str]:
    """`wrong` are the arguments whose values are no good by themselves: they are there, and not looked into."""
    if not _DECIDING.isdisjoint(wrong):
        return []
    given = {key: value for key, value in given.items() if key not in wrong or key not in _COMPARED}
    return [
        *_of_mode(given, mode_of(given)),
        *_of_images(given),
        *_of_scaling(given),
        *_of_resources(given),
        *(_of_gpus(given) if _OF_GPUS.isdisjoint(wrong) else ()),
        *_of_exposure(given),
        *_of_keys(given),
        *_of_candidate(given),
    ]


def _of_mode(given: Given, mode: str) -> Iterator[str]:
    needed = {
        "direct": ("model", "tritonImage"),
        "scoring": ("model", "tritonImage", "entryScript", "environmentImage"),
        "script": ("entryScript", "environmentImage"),
    }
    for name in (*needed[mode], "gatewayImage"):
        if name not in given:
            yield f"'{name}' is required in {mode} mode; {_WHERE_FROM[name]}"
    if mode == "direct":
        for name in _OF_SCRIPTS:
            if name in given:
                yield (
                    f"'{name}' has no use in direct mode, where clients call Triton itself; "
                    "remove it or set mode to 'scoring'"
                )
    if mode == "script":
        for name in _OF_TRITON:
            if name in given:
                yield f"'{name}' has no use in script mode, which has no Triton; remove it"
    if mode != "scoring":
        for name in ("scriptCpuCores", "scriptMemoryGb"):
            if name in given:
                yield f"'{name}' is of the entry script beside Triton, in scoring mode; remove it and set " + (
                    "'cpuCores'" if name == "scriptCpuCores" else "'memoryGb'"
                )


def _of_images(given: Given) -> Iterator[str]:
    copies = given.get("modelDelivery") == "copy"
    if copies and "fetcherImage" not in given:
        yield "'fetcherImage' is required with modelDelivery 'copy': it copies the model into the pod"
    if copies and len(given.get("imagePullSecrets", ())) > 1:
        yield (
            "'imagePullSecrets' must be one with modelDelivery 'copy', whose container reads a single file of logins "
            f"(got {len(given['imagePullSecrets'])}); put the logins of all registries into one Secret"
        )
    if not copies and "fetcherImage" in given:
        yield "'fetcherImage' has no use while the kubelet mounts the model; remove it or set modelDelivery to 'copy'"
    if not given.get("allowOldTriton") and (problem := old_triton_problem(str(given.get("tritonImage")))):
        yield f"'tritonImage' {problem}"
    for name in ("model", "candidateModel"):
        if str(given.get(name, "")).startswith("oci-layout:"):
            yield (
                f"'{name}' must be in a registry that the cluster reaches (got a folder of this machine); "
                "set 'registry' of the TritonModelRepository to registry.example.com/team"
            )


def _of_scaling(given: Given) -> Iterator[str]:
    if given.get("autoscaleEnabled") and "numReplicas" in given:
        yield "'numReplicas' has no use while 'autoscaleEnabled' is true; remove one of them"
    if given.get("autoscaleEnabled") is False and "numReplicas" not in given:
        yield "'numReplicas' is required while 'autoscaleEnabled' is false"
    if not is_autoscaled(given):
        for name in _OF_AUTOSCALING:
            if name in given:
                yield f"'{name}' has no use without autoscaling; remove it, or remove 'numReplicas'"
        return
    least, most = given.get("autoscaleMinReplicas", 1), given.get("autoscaleMaxReplicas", 10)
    if least > most:
        yield f"'autoscaleMinReplicas' must be at most 'autoscaleMaxReplicas' (got {least} and {most})"
    if "autoscaleTargetUtilization" in given and "autoscaleTargetQueueMs" in given:
        yield "'autoscaleTargetUtilization' and 'autoscaleTargetQueueMs' are two ways to scale; give one of them"
    if "autoscaleTargetQueueMs" in given and "monitoringNamespace" not in given:
        yield "'autoscaleTargetQueueMs' needs Prometheus, which measures the queues; give 'monitoringNamespace'"


def _of_resources(given: Given) -> Iterator[str]:
    for name, limit, default in (("cpuCores", "cpuCoresLimit", 1.0), ("memoryGb", "memoryGbLimit", 4.0)):
        asked = given.get(name, default)
        if limit in given and given[limit] < asked:
            yield f"'{limit}' must be at least '{name}' (got {given[limit]:g} and {asked:g})"
    memory = given.get("memoryGbLimit", given.get("memoryGb", 4.0)) * 1000
    if given.get("sharedMemoryMb", 0) > memory / 2:
        yield (
            "'sharedMemoryMb' must be at most half of the memory, in which it is counted "
            f"(got {given['sharedMemoryMb']} of {memory:g} MB); raise 'memoryGb'"
        )
    if "gpuResource" in given and not given.get("gpuCores"):
        yield "'gpuResource' has no use without GPUs; set 'gpuCores' or remove it"


def _of_gpus(given: Given) -> Iterator[str]:
    """Before the cluster is there; later it is judged by its nodes."""
    if "mostGpus" not in given:
        return
    if not given.get("gpuCores"):
        yield "'mostGpus' has no use without GPUs; set 'gpuCores' or remove it"
        return
    number = "autoscaleMinReplicas" if is_autoscaled(given) else "numReplicas"
    pods = given.get(number, 1) * (2 if has_candidate(given) else 1)
    if pods * given["gpuCores"] > given["mostGpus"]:
        yield (
            f"'gpuCores' of all pods must come to at most 'mostGpus' (got {given['gpuCores']:g} for each of {pods:g}, "
            f"and {given['mostGpus']:g}); lower '{number}', or let the cluster's pools grow further"
        )


def _of_exposure(given: Given) -> Iterator[str]:
    exposure = given.get("exposure", "cluster")
    plain = given.get("allowUnencryptedClients") is True
    certificates = [name for name in ("tlsSecret", "tlsCertificate") if name in given]
    if exposure == "gateway":
        for name in ("gateway", "hostName"):
            if name not in given:
                yield f"'{name}' is required with exposure 'gateway'"
        for name in certificates:
            yield f"'{name}' has no use with exposure 'gateway': the Gateway ends TLS; give it the certificate"
    elif "gateway" in given:
        yield "'gateway' has no use without exposure 'gateway'; remove it or set exposure"
    if exposure.endswith("load-balancer") and not certificates and not plain:
        yield (
            f"'tlsSecret' is required with exposure '{exposure}', so that keys and data do not travel in clear; name a "
            "Secret of type kubernetes.io/tls, or give 'tlsCertificate' and 'tlsPrivateKey', or set "
            "allowUnencryptedClients"
        )
    if exposure.endswith("load-balancer") and "allowedNamespaces" in given:
        yield (
            f"'allowedNamespaces' has no use with exposure '{exposure}', which lets in callers from outside; remove it "
            "or set exposure to 'cluster'"
        )
    for name in certificates if plain else ():
        yield f"'allowUnencryptedClients' has no use with '{name}'; remove one of them"
    if len(certificates) > 1:
        yield "'tlsSecret' and 'tlsCertificate' both say which certificate; remove one of them"
    if ("tlsCertificate" in given) != ("tlsPrivateKey" in given):
        yield "'tlsCertificate' and 'tlsPrivateKey' go together; give both or neither"
    if plain and exposure == "cluster":
        yield "'allowUnencryptedClients' has no use inside the cluster; remove it or set exposure"


def _of_keys(given: Given) -> Iterator[str]:
    if given.get("authEnabled", True) is True:
        return
    for name in ("primaryKey", "secondaryKey"):
        if name in given:
            yield f"'{name}' has no use while keys are off; set authEnabled to true or remove it"


def _of_candidate(given: Given) -> Iterator[str]:
    if has_candidate(given):
        if "candidateSourceDirectory" in given and "candidateEntryScript" not in given:
            yield "'candidateEntryScript' is required with 'candidateSourceDirectory'"
        return
    for name in ("candidateSourceDirectory", "candidatePercent", "candidateMirrorPercent"):
        if name in given:
            yield f"'{name}' has no use without a candidate; give 'candidateModel' or 'candidateEntryScript'"


def change_problems(before: Given, after: Given) -> list[str]:
    """What a running service cannot become in one step without losing requests: its gateways take over shares at once,
    and a candidate's pods come and go when they can."""
    if not has_candidate(before) and has_candidate(after) and after.get("candidatePercent", 0):
        return [
            "'candidatePercent' must be 0 until the candidate's pods are there "
            f"(got {after['candidatePercent']}); leave it out now, and raise it in the next update"
        ]
    if has_candidate(before) and before.get("candidatePercent", 0) and not has_candidate(after):
        return [
            f"the candidate cannot be removed while it gets {before['candidatePercent']} % of the requests; "
            "set 'candidatePercent' to 0 first"
        ]
    return []
