"""Which processes a cluster consists of, and their command lines."""

import sys
from dataclasses import dataclass

from .place import METRICS_PORT, NODE, Place, Settings

ETCD = "http://127.0.0.1:2379"
ETCD_PEERS = "http://127.0.0.1:2380"
GPU = "nvidia.com/gpu"


@dataclass(frozen=True)
class Part:
    name: str
    command: list[str]


def first(place: Place, settings: Settings) -> list[Part]:
    """What starts at once."""
    return [
        _etcd(place, settings),
        _apiserver(place, settings),
        Part("containerd", [_of(settings, "containerd"), "-c", f"{place.configuration}/containerd.toml", "-l", "warn"]),
        Part("registry", [settings.registry_program, "serve", f"{place.configuration}/registry.json"]),
    ]


def then(place: Place, settings: Settings) -> list[Part]:
    """What gives up without the API server, or is of no use before."""
    keys, configuration, addresses = place.keys, place.configuration, settings.addresses
    kubelet = [
        *[f"--config={configuration}/kubelet.json", f"--kubeconfig={keys}/kubelet.kubeconfig"],
        *[f"--hostname-override={NODE}", f"--node-ip={addresses.node}"],
    ]
    balancer = [sys.executable, "-m", f"{__package__}.load_balancer", str(place.folder)]
    parts = [
        _controller_manager(place, settings),
        Part("scheduler", [_of(settings, "kube-scheduler"), *_asking(place, "scheduler"), *_UNHURRIED]),
        Part("kubelet", [_of(settings, "kubelet"), *kubelet]),
        Part("proxy", [_of(settings, "kube-proxy"), f"--config={configuration}/proxy.json"]),
        Part("coredns", [_of(settings, "coredns"), "-conf", f"{configuration}/Corefile"]),
        _metrics_server(place, settings),
        Part("load-balancer", balancer),
    ]
    if settings.gpus:
        device_plugin = [_of(settings, "test-device-plugin"), "-resource", GPU, "-count", str(settings.gpus)]
        parts.append(Part("device-plugin", device_plugin))
    if settings.kwok:
        parts.append(_kwok(place, settings))
    return parts


# One machine needs no election, and 20 requests a second are too few for the first seconds: without this the service
# account `default`, which every pod waits for, comes 4 s late.
_UNHURRIED = ("--leader-elect=false", "--kube-api-qps=300", "--kube-api-burst=600", "--bind-address=127.0.0.1")


def _etcd(place: Place, settings: Settings) -> Part:
    flags = [
        *["--name=etcd", f"--data-dir={place.folder}/etcd", "--log-level=warn"],
        *[f"--listen-client-urls={ETCD}", f"--advertise-client-urls={ETCD}"],
        *[f"--listen-peer-urls={ETCD_PEERS}", f"--initial-advertise-peer-urls={ETCD_PEERS}"],
        f"--initial-cluster=etcd={ETCD_PEERS}",
        "--unsafe-no-fsync=true",  # what it holds does not outlive the machine
    ]
    return Part("etcd", [_of(settings, "etcd"), *flags])


def _apiserver(place: Place, settings: Settings) -> Part:
    keys, addresses = place.keys, settings.addresses
    flags = [
        *[f"--etcd-servers={ETCD}", f"--advertise-address={addresses.node}", "--secure-port=6443"],
        *[f"--service-cluster-ip-range={addresses.services}", "--allow-privileged=true"],
        *["--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction"],
        *[f"--client-ca-file={keys}/ca.crt", f"--tls-cert-file={keys}/apiserver.crt"],
        f"--tls-private-key-file={keys}/apiserver.key",
        f"--kubelet-client-certificate={keys}/apiserver-to-kubelet.crt",
        f"--kubelet-client-key={keys}/apiserver-to-kubelet.key",
        *[f"--kubelet-certificate-authority={keys}/ca.crt", "--kubelet-preferred-address-types=InternalIP"],
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        f"--service-account-key-file={keys}/service-account.pub",
        f"--service-account-signing-key-file={keys}/service-account.key",
        f"--requestheader-client-ca-file={keys}/front-proxy-ca.crt",
        "--requestheader-allowed-names=front-proxy-client",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        f"--proxy-client-cert-file={keys}/front-proxy.crt",
        f"--proxy-client-key-file={keys}/front-proxy.key",
        "--enable-aggregator-routing=true",
    ]
    return Part("apiserver", [_of(settings, "kube-apiserver"), *flags])


def _controller_manager(place: Place, settings: Settings) -> Part:
    keys, addresses = place.keys, settings.addresses
    flags = [
        f"--service-account-private-key-file={keys}/service-account.key",
        *[f"--root-ca-file={keys}/ca.crt", "--use-service-account-credentials=true", "--controllers=*"],
        *[f"--cluster-signing-cert-file={keys}/ca.crt", f"--cluster-signing-key-file={keys}/ca.key"],
        *["--allocate-node-cidrs=true", f"--cluster-cidr={addresses.pods}"],
        f"--service-cluster-ip-range={addresses.services}",
    ]
    command = [_of(settings, "kube-controller-manager"), *_asking(place, "controller-manager"), *_UNHURRIED, *flags]
    return Part("controller-manager", command)


def _metrics_server(place: Place, settings: Settings) -> Part:
    flags = [
        *[f"--secure-port={METRICS_PORT}", f"--bind-address={settings.addresses.node}"],
        *["--cert-dir=/run/metrics-server", f"--kubelet-certificate-authority={place.keys}/ca.crt"],
        "--kubelet-preferred-address-types=InternalIP",
        *["--metric-resolution=10s", "--kubelet-request-timeout=5s"],  # the second has to be below the first
    ]
    return Part("metrics-server", [_of(settings, "metrics-server"), *_asking(place, "metrics-server"), *flags])


def _kwok(place: Place, settings: Settings) -> Part:
    flags = [
        *[f"--kubeconfig={place.keys}/kwok.kubeconfig", f"--config={settings.programs}/kwok-stages.yaml"],
        *["--manage-all-nodes=false", "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake"],
        *["--node-lease-duration-seconds=40", f"--cidr={settings.addresses.fake_pods}"],
    ]
    return Part("kwok", [_of(settings, "kwok"), *flags])


def _asking(place: Place, client: str) -> list[str]:
    kubeconfig = f"{place.keys}/{client}.kubeconfig"
    return [f"--{purpose}kubeconfig={kubeconfig}" for purpose in ("", "authentication-", "authorization-")]


def _of(settings: Settings, program: str) -> str:
    return f"{settings.programs}/{program}"
