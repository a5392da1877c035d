"""What a service on Kubernetes is: the service plan, and what only a cluster has."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ...models.needs import ModelNeeds
from ..service import ServicePlan


class Exposure(StrEnum):
    """Who can reach the service."""

    CLUSTER = "cluster"
    """Pods of the cluster, through a ClusterIP."""
    LOAD_BALANCER = "load-balancer"
    """Everybody, through a load balancer with a public address."""
    INTERNAL_LOAD_BALANCER = "internal-load-balancer"
    """The cluster's own network, through a load balancer with a private address."""
    GATEWAY = "gateway"
    """Through a Gateway of the Gateway API that the caller names."""


class Delivery(StrEnum):
    """How model files get into the pod."""

    IMAGE_VOLUME = "image-volume"
    """The kubelet mounts the model version's image: Kubernetes 1.35 and containerd 2.1 or later."""
    COPY = "copy"
    """An init container copies the files out of the image and verifies each: any cluster."""


class Strategy(StrEnum):
    """How an update replaces pods."""

    SURGE = "surge"
    """A new pod starts beside the old ones and takes over: needs room, and GPUs, for one more."""
    RECYCLE = "recycle"
    """One old pod ends, then a new one starts in its place."""
    RECREATE = "recreate"
    """All old pods end before the new ones start: for versions that cannot run side by side."""


@dataclass(frozen=True)
class Resources:
    """Of one replica. In scoring mode Triton and the entry script have their own, else there is only one of them."""

    cpu_cores: float = 1.0
    cpu_cores_limit: float | None = None
    """None: as much as the node has to spare. A limit slows down even where nobody else wants the processor."""
    memory_gb: float = 4.0
    memory_gb_limit: float | None = None
    """None: the same as `memory_gb`, so that a pod is never ended for memory that it was promised."""
    script_cpu_cores: float = 0.5
    script_memory_gb: float = 1.0
    gpus: int = 0
    gpu_resource: str = "nvidia.com/gpu"
    """Also a MIG slice: nvidia.com/mig-1g.10gb."""
    shared_memory_mb: int = 64
    """Of Triton, at /dev/shm; counted in its memory."""


@dataclass(frozen=True)
class Replicas:
    """A fixed number, or a range between which the cluster chooses by load."""

    fixed: int | None = 1
    """None: autoscaling, by what follows."""
    minimum: int = 1
    maximum: int = 10
    target_utilization: int | None = 70
    """Percent of the requested processor time; None where the queue decides."""
    target_queue_ms: int | None = None
    """How long a request may wait in Triton's queues on average."""

    @property
    def least(self) -> int:
        return self.minimum if self.fixed is None else self.fixed


@dataclass(frozen=True)
class Certificate:
    """What the gateway shows callers, both as PEM."""

    chain: str
    private_key: str


@dataclass(frozen=True)
class Reach:
    """How callers get to the service."""

    exposure: Exposure = Exposure.CLUSTER
    tls_secret: str | None = None
    """A Secret of type kubernetes.io/tls in the service's namespace: the gateway then speaks TLS."""
    host_name: str | None = None
    gateway: str | None = None
    """The Gateway that routes here, `namespace/name`, or `name` in the service's own namespace."""
    allow_unencrypted: bool = False
    """Whether that Gateway may also hand over what reached it without TLS."""
    path_prefix: str = ""
    """/api/v1/service/<name>, as v1 had it; empty without."""
    allowed_namespaces: tuple[str, ...] = ()
    """Of callers inside the cluster; empty: all."""
    monitoring_namespace: str | None = None
    """Where Prometheus runs. None: nothing is scraped."""
    allow_egress: bool = False
    """Whether entry scripts and models may open connections to the outside."""
    owns_tls_secret: bool = False
    """Whether `tls_secret` is made with the service, and goes away with it."""


@dataclass(frozen=True)
class Times:
    """Seconds that follow from the plan; `times.py` derives them."""

    startup: int
    """In which Triton, then the entry script, must be ready."""
    progress: int
    """In which an update must have gone on by one pod: start-up, scheduling and pulls."""
    leave: int = 10
    """Between a pod's removal from the endpoints and the end of its programs: every proxy has heard of it then."""
    drain: int = 60
    """What requests that are under way are given."""
    probe_period: int = 10
    probe_timeout: int = 2
    probe_failures: int = 3

    @property
    def grace(self) -> int:
        return self.leave + self.drain + 5


@dataclass(frozen=True)
class ScriptFiles:
    """The entry script and what goes along with it, by path inside of the source folder."""

    digest: str
    files: Mapping[str, bytes] = field(repr=False)


@dataclass(frozen=True)
class ModelImage:
    reference: str
    """By digest."""
    repository: str
    """Triton's model repository inside of the image: models/triton."""
    registered: str
    """The registered folder, the one at the image's root: models."""
    needs: tuple[ModelNeeds, ...]
    size: int
    """Bytes of all files."""


@dataclass(frozen=True)
class Release:
    """One version of the service: the stable one, or a candidate beside it."""

    plan: ServicePlan
    model: ModelImage | None
    """None in script mode without a model."""
    script: ScriptFiles | None
    environment_image: str | None
    """What the entry script runs in, with the scoring server; by digest."""
    times: Times


@dataclass(frozen=True)
class Share:
    """What the candidate gets of the requests; the stable version gets the rest."""

    percent: int = 0
    mirror_percent: int = 0
    """Copies whose answers nobody sees."""


@dataclass(frozen=True)
class ClusterService:
    namespace: str
    owns_namespace: bool
    """Whether the namespace is made with the service, and removed with it."""
    stable: Release
    gateway_image: str
    triton_image: str | None
    """None in script mode."""
    candidate: Release | None = None
    share: Share = Share()
    resources: Resources = Resources()
    replicas: Replicas = Replicas()
    reach: Reach = Reach()
    strategy: Strategy = Strategy.SURGE
    delivery: Delivery = Delivery.IMAGE_VOLUME
    fetcher_image: str | None = None
    """What copies and verifies model files, with `Delivery.COPY`; by digest."""
    allow_plain_http: bool = False
    """Whether the fetcher may read the model from a registry without TLS."""
    image_pull_secrets: tuple[str, ...] = ()
    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerated_taints: tuple[str, ...] = ()
    """key=value:Effect, key:Effect, beside those of GPU nodes, which are always tolerated where GPUs are asked for."""
    tags: Mapping[str, str] = field(default_factory=dict)
    description: str = ""
    editions: Mapping[str, int] = field(default_factory=dict)
    """By object, how often its content has become another; see `files`."""

    @property
    def name(self) -> str:
        return self.stable.plan.name

    @property
    def releases(self) -> Mapping[str, Release]:
        """By what `names` calls them."""
        return {"stable": self.stable} | ({"candidate": self.candidate} if self.candidate else {})
