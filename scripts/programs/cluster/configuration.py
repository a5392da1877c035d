"""What a cluster's configuration files say: texts, made of where it is and which addresses it has.

Each of them is JSON where its reader takes that for YAML or TOML has no need of it.
"""

import json
from typing import Any

from .objects import objects
from .place import NODE, Addresses, Place, Settings

PAUSE = "localhost/pause:local"


def files(place: Place, settings: Settings) -> dict[str, str]:
    """By their names below the folder of configurations."""
    addresses = settings.addresses
    return {
        "containerd.toml": containerd(place, settings),
        f"registries/{addresses.registry}/hosts.toml": registry_is_plain(addresses),
        "cni/10-pods.conflist": _json(pod_network(addresses)),
        "kubelet.json": _json(kubelet(place, addresses)),
        "proxy.json": _json(proxy(place, addresses)),
        "Corefile": corefile(place, addresses),
        "resolv.conf": f"nameserver {addresses.node}\n",
        "registry.json": _json(registry(place, addresses)),
        "objects.json": _json({"apiVersion": "v1", "kind": "List", "items": objects(addresses)}),
    }


def containerd(place: Place, settings: Settings) -> str:
    return f"""\
version = 3
root = "{place.folder}/containerd"
state = "/run/containerd"
disabled_plugins = [
  "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.nri.v1.nri", "io.containerd.tracing.processor.v1.otlp",
]
[grpc]
address = "/run/containerd/containerd.sock"
[plugins.'io.containerd.cri.v1.images']
snapshotter = "overlayfs"
[plugins.'io.containerd.cri.v1.images'.pinned_images]
sandbox = "{PAUSE}"
[plugins.'io.containerd.cri.v1.images'.registry]
config_path = "{place.configuration}/registries"
[plugins.'io.containerd.cri.v1.runtime']
restrict_oom_score_adj = true  # machines in containers may not lower it
[plugins.'io.containerd.cri.v1.runtime'.cni]
bin_dirs = ["{settings.programs}/cni"]
conf_dir = "{place.configuration}/cni"
[plugins.'io.containerd.cri.v1.runtime'.containerd]
default_runtime_name = "runc"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
BinaryName = "{settings.programs}/runc"
SystemdCgroup = false
"""


def registry_is_plain(addresses: Addresses) -> str:
    url = f"http://{addresses.registry}"
    return f'server = "{url}"\n[host."{url}"]\ncapabilities = ["pull", "resolve"]\n'


def pod_network(addresses: Addresses) -> dict[str, Any]:
    ranges = {"type": "host-local", "ranges": [[{"subnet": addresses.node_pods}]], "routes": [{"dst": "0.0.0.0/0"}]}
    return {"cniVersion": "1.0.0", "name": "pods", "plugins": [{"type": "ptp", "ipMasq": False, "ipam": ranges}]}


def kubelet(place: Place, addresses: Addresses) -> dict[str, Any]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": addresses.node,
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": f"{place.keys}/ca.crt"},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": f"{place.keys}/kubelet-server.crt",
        "tlsPrivateKeyFile": f"{place.keys}/kubelet-server.key",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{place.group}",
        "failCgroupV1": False,
        "failSwapOn": False,
        "containerRuntimeEndpoint": "unix:///run/containerd/containerd.sock",
        "podLogsDir": f"{place.folder}/pod-logs",
        "resolvConf": f"{place.configuration}/resolv.conf",
        "clusterDomain": "cluster.local",
        "clusterDNS": [addresses.dns_service],
        "healthzBindAddress": "127.0.0.1",
        # The disk is this machine's: near its end pods are refused, but images are not thrown away before.
        "evictionHard": {
            "memory.available": "100Mi",
            "nodefs.available": "1Gi",
            "imagefs.available": "1Gi",
            "nodefs.inodesFree": "1%",
        },
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "imagePullCredentialsVerificationPolicy": "NeverVerify",  # images that were imported came with none
        "serializeImagePulls": False,
        "registryPullQPS": 0,
        "eventRecordQPS": 0,
        "nodeStatusUpdateFrequency": "5s",
    }


def proxy(place: Place, addresses: Addresses) -> dict[str, Any]:
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "clientConnection": {"kubeconfig": f"{place.keys}/proxy.kubeconfig"},
        "clusterCIDR": addresses.pods,
        "hostnameOverride": NODE,
        "conntrack": {"maxPerCore": 0, "min": 0},  # the machine's own limits stay as they are
        "metricsBindAddress": "127.0.0.1:10249",
        "nodePortAddresses": ["0.0.0.0/0"],
    }


def corefile(place: Place, addresses: Addresses) -> str:
    zones = "cluster.local:53 in-addr.arpa:53 ip6.arpa:53"
    return f"""\
{zones} {{
  bind {addresses.node}
  errors
  kubernetes cluster.local in-addr.arpa ip6.arpa {{
    kubeconfig {place.keys}/coredns.kubeconfig
    ttl 5
  }}
  cache 5
  loadbalance
}}
.:53 {{
  bind {addresses.node}
  template ANY ANY {{
    rcode NXDOMAIN
  }}
}}
"""


def registry(place: Place, addresses: Addresses) -> dict[str, Any]:
    return {
        "version": "0.1",
        "log": {"level": "warn"},
        "storage": {"filesystem": {"rootdirectory": f"{place.folder}/registry"}, "delete": {"enabled": True}},
        "http": {"addr": addresses.registry, "secret": place.id},
    }


def _json(value: object) -> str:
    return json.dumps(value, indent=2)
