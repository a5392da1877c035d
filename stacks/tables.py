"""What may be set, and what each setting becomes: an argument of a component, by its name there.

Pulumi.yaml declares the same settings with their descriptions and defaults; a test holds the two together. What a value
must be beyond its kind (a valid name, say) is a rule of the components, told by them in the same preview.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from triton_serving.rules.arguments import python_name


@dataclass(frozen=True)
class Setting:
    argument: str
    """The component's argument that it becomes."""
    kind: str
    """What a value must be, in words."""
    parse: Callable[[str], Any]
    """From the text that Pulumi hands over; raises ValueError. None, "", [] and {} leave the argument out: Pulumi wants
    a default for every setting that it describes, and these are the ones that say nothing."""


def file_path(text: str) -> str:
    """Users write paths from the project's root; the program runs in the folder of this file.

    Kept relative, so that the state holds no path of one machine and a checkout can move.
    """
    try:
        return str(Path("..") / Path(text).expanduser()) if text.strip() else ""
    except RuntimeError as error:  # `~somebody`, whom this machine does not know
        raise ValueError from error


def _text(text: str) -> str:
    if not text.strip():
        raise ValueError
    return text


def _texts(text: str) -> dict[str, str]:
    texts = json.loads(text)
    if not isinstance(texts, dict) or not all(isinstance(value, str) for value in texts.values()):
        raise ValueError
    return texts


def _lines(text: str) -> list[str]:
    lines = json.loads(text)
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise ValueError
    return lines


def _switch(text: str) -> bool | None:
    if text not in ("true", "false", ""):
        raise ValueError
    return text == "true" if text else None


def _plain(text: str) -> str:
    """Of a number: Python itself would take `1_0` for ten, and the digits of every script."""
    if "_" in text or not text.isascii():
        raise ValueError
    return text


def _whole(text: str) -> int:
    return int(_plain(text))


def _pin(text: str) -> int | None:
    return _whole(text) or None


def _hour(text: str) -> int | None:
    return _whole(text) if text.strip() else None


def _amount(text: str) -> float | None:
    return float(_plain(text)) if text.strip() else None


def _pools(text: str) -> list[dict[str, Any]]:
    """Their fields are written as in YAML, vmSize, and are vm_size to the component."""
    pools = json.loads(text)
    if not isinstance(pools, list) or not all(isinstance(pool, dict) for pool in pools):
        raise ValueError
    return [{python_name(key): value for key, value in pool.items()} for pool in pools]


def _prices(text: str) -> dict[str, float]:
    prices = json.loads(text)
    if not isinstance(prices, dict) or not all(isinstance(price, int | float) for price in prices.values()):
        raise ValueError
    return prices


TARGETS = ("local", "kubernetes", "aks", "aks-cluster")
ON_AZURE = ("aks", "aks-cluster")
"""The targets that make or adopt a cluster on Azure, with the service and without one."""

SERVED: Mapping[str, Setting] = {
    "target": Setting("target", "local, kubernetes, aks or aks-cluster", str.strip),
    "example": Setting("example", "the name of a folder in examples/", _text),
    "mode": Setting("mode", "direct, scoring or script", _text),
}
"""What is served, and how: an example of this checkout, unless `modelDirectory` names a model of your own."""

MODEL_REPOSITORY: Mapping[str, Setting] = {
    "modelDirectory": Setting("directory", "the path of a folder", file_path),
    "modelName": Setting("name", "a name", str.strip),
    "modelDescription": Setting("description", "text", str),
    "modelTags": Setting("tags", "names with a text each, such as {team: vision}", _texts),
    "registry": Setting("registry", "registry.example.com/team or oci-layout:///folder", str.strip),
    "keepVersions": Setting("keep_versions", "a whole number", _whole),
    "pinnedVersion": Setting("pinned_version", "the number of a version, or 0", _pin),
    "allowPlainHttp": Setting("allow_plain_http", "true or false", _switch),
}

SCORING_ENVIRONMENT: Mapping[str, Setting] = {
    "pipPackages": Setting("pip_packages", "a list of packages, such as [nltk==3.9.2]", _lines),
    "environmentVariables": Setting(
        "environment_variables", 'names with a text each, such as {WORKER_COUNT: "2"}', _texts
    ),
}

ENTRY_SCRIPT: Mapping[str, Setting] = {
    "entryScript": Setting("entry_script", "the path of a Python file", str.strip),
    "sourceDirectory": Setting("source_directory", "the path of a folder", file_path),
    "scoringTimeoutMs": Setting("scoring_timeout_ms", "milliseconds, or 0", _pin),
}
"""What of the service only its entry script needs; direct mode leaves it out, so that switching is one line."""

WEBSERVICE: Mapping[str, Setting] = {
    "serviceName": Setting("service_name", "a name", str.strip),
    "authEnabled": Setting("auth_enabled", "true or false", _switch),
    "primaryRotation": Setting("primary_rotation", "text", str),
    "secondaryRotation": Setting("secondary_rotation", "text", str),
    "startupTimeoutSeconds": Setting("startup_timeout_seconds", "seconds, or 0", _pin),
}
"""What a service has wherever it runs."""

LOCAL_WEBSERVICE: Mapping[str, Setting] = {
    **WEBSERVICE,
    "port": Setting("port", "the number of a port, or 0", _whole),
    "runsIn": Setting("runs_in", "processes or containers", str.strip),
}

KUBERNETES: Mapping[str, Setting] = {
    "namespace": Setting("namespace", "a name", str.strip),
    "tritonImage": Setting("triton_image", "an image by digest", str.strip),
    "gatewayImage": Setting("gateway_image", "an image by digest", str.strip),
    "environmentImage": Setting("environment_image", "an image by digest", str.strip),
    "fetcherImage": Setting("fetcher_image", "an image by digest", str.strip),
    "modelDelivery": Setting("model_delivery", "image-volume or copy", str.strip),
    "gpuCores": Setting("gpu_cores", "a whole number", _pin),
    "cpuCores": Setting("cpu_cores", "a number, such as 0.5", _amount),
    "memoryGb": Setting("memory_gb", "a number, such as 4", _amount),
    "scriptCpuCores": Setting("script_cpu_cores", "a number, such as 0.5", _amount),
    "scriptMemoryGb": Setting("script_memory_gb", "a number, such as 1", _amount),
    "numReplicas": Setting("num_replicas", "a whole number, or 0", _pin),
    "autoscaleMaxReplicas": Setting("autoscale_max_replicas", "a whole number, or 0", _pin),
    "strategy": Setting("strategy", "surge, recycle or recreate", str.strip),
    "exposure": Setting("exposure", "cluster, load-balancer, internal-load-balancer or gateway", str.strip),
    "tlsSecret": Setting("tls_secret", "the name of a Secret", str.strip),
    "tlsCertificate": Setting("tls_certificate", "a certificate, as PEM", str),
    "tlsPrivateKey": Setting("tls_private_key", "a private key, as PEM", str),
    "hostName": Setting("host_name", "a host name", str.strip),
    "gateway": Setting("gateway", "namespace/name of a Gateway", str.strip),
    "pathPrefix": Setting("path_prefix", "a path", str.strip),
    "allowUnencryptedClients": Setting("allow_unencrypted_clients", "true or false", _switch),
    "monitoringNamespace": Setting("monitoring_namespace", "a name", str.strip),
    "candidatePercent": Setting("candidate_percent", "a whole number, or 0", _pin),
    "candidateMirrorPercent": Setting("candidate_mirror_percent", "a whole number, or 0", _pin),
}

OF_CONTAINERS = ("tritonImage", "gatewayImage", "environmentImage", "memoryGb", "scriptMemoryGb")
"""What of these a service on this machine takes as well, when it runs in containers."""

CLUSTER: Mapping[str, Setting] = {
    "kubeconfig": Setting("kubeconfig", "the path of a file", file_path),
    "clusterStack": Setting("cluster_stack", "organization/project/stack", str.strip),
    "candidateDirectory": Setting("directory", "the path of a folder", file_path),
}
"""What goes to the program itself: the provider, the stack of a shared cluster, and a repository for the candidate."""

IMAGE: Mapping[str, Setting] = {
    "baseImage": Setting("base_image", "an image by digest", str.strip),
    "condaFile": Setting("conda_file", "the path of a file", file_path),
    "curatedEnvironment": Setting("curated", "the name of a curated environment", str.strip),
}
"""What a ScoringEnvironment takes only where it becomes an image."""

GPU_CLUSTER: Mapping[str, Setting] = {
    "clusterName": Setting("cluster_name", "a name", str.strip),
    "adoptCluster": Setting("adopt_cluster", "the Azure id of a cluster, or its name", str.strip),
    "resourceGroup": Setting("resource_group", "the name of a resource group", str.strip),
    "location": Setting("location", "a region, such as westeurope", str.strip),
    "clusterPurpose": Setting("cluster_purpose", "dev or prod", str.strip),
    "kubernetesVersion": Setting("kubernetes_version", "a version, such as 1.36", str.strip),
    "gpuPools": Setting("gpu_pools", "a list of pools, such as [{name: gpu, vmSize: Standard_NC4as_T4_v3}]", _pools),
    "systemVmSize": Setting("system_vm_size", "a size, such as Standard_D4ds_v5", str.strip),
    "systemCount": Setting("system_count", "a whole number, or 0", _pin),
    "devicePluginImage": Setting("device_plugin_image", "an image by digest", str.strip),
    "devicePluginInstalled": Setting("device_plugin_installed", "true or false", _switch),
    "registryName": Setting("registry_name", "a name", str.strip),
    "adoptRegistry": Setting("adopt_registry", "the Azure id of a registry", str.strip),
    "subnetId": Setting("subnet_id", "the Azure id of a subnet", str.strip),
    "podCidr": Setting("pod_cidr", "a range of addresses", str.strip),
    "serviceCidr": Setting("service_cidr", "a range of addresses", str.strip),
    "outbound": Setting("outbound", "load-balancer, nat-gateway or user-defined", str.strip),
    "privateApi": Setting("private_api", "true or false", _switch),
    "apiAllowedRanges": Setting("api_allowed_ranges", "a list of addresses, such as [203.0.113.0/24]", _lines),
    "allowPublicApi": Setting("allow_public_api", "true or false", _switch),
    "adminGroupIds": Setting("admin_group_ids", "a list of Entra groups' ids", _lines),
    "grantDeployer": Setting("grant_deployer", "true or false", _switch),
    "login": Setting("login", "azurecli, workloadidentity, msi or spn", str.strip),
    "upgradeChannel": Setting("upgrade_channel", "patch, stable, rapid or none", str.strip),
    "maintenanceDay": Setting("maintenance_day", "a day, such as Saturday", str.strip),
    "maintenanceHour": Setting("maintenance_hour", "an hour from 0 to 23", _hour),
    "allowOldKubernetes": Setting("allow_old_kubernetes", "true or false", _switch),
    "allowNoCapacityCheck": Setting("allow_no_capacity_check", "true or false", _switch),
    "prices": Setting("prices", "sizes with dollars an hour each", _prices),
    "azureTags": Setting("tags", "names with a text each, such as {team: vision}", _texts),
}
"""What the cluster on Azure is made or adopted with."""

ALL = {
    **SERVED, **MODEL_REPOSITORY, **SCORING_ENVIRONMENT, **ENTRY_SCRIPT, **LOCAL_WEBSERVICE, **KUBERNETES, **CLUSTER,
    **IMAGE, **GPU_CLUSTER,
}  # fmt: skip
