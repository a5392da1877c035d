"""What TritonWebservice takes. Names that Azure ML's AksWebservice had mean the same here."""

from typing import NotRequired, TypedDict

import pulumi


class TritonWebserviceArgs(TypedDict):
    model: NotRequired[pulumi.Input[str]]
    """The model version: `imageRef` of a TritonModelRepository in a registry. Required but in script mode."""
    mode: NotRequired[str]
    """`direct`: clients call Triton. `scoring`: an entry script at /score calls Triton at localhost:8000, or by gRPC at
    localhost:8001. `script`: an entry script loads the model itself. Defaults to scoring with an entry script, and to
    direct without one."""
    entry_script: NotRequired[pulumi.Input[str]]
    """The file with `init()` and `run()`: a path from the program's folder, or inside of `source_directory`. It goes to
    the pods without a new image."""
    source_directory: NotRequired[pulumi.Input[str]]
    """The folder that goes along with the entry script, at most 1 MiB. Defaults to the entry script alone."""
    environment_image: NotRequired[pulumi.Input[str]]
    """What the entry script runs in, by digest: Python with `triton_scoring` and the script's packages. Required with
    an entry script."""
    environment_variables: NotRequired[pulumi.Input[dict[str, str]]]
    """Variables of the entry script's processes; `WORKER_COUNT` is how many there are, 1 by default."""
    scoring_timeout_ms: NotRequired[int]
    """In which `run()` must have answered. Defaults to 60000, as in Azure ML."""
    max_request_wait_time: NotRequired[int]
    """Milliseconds that a request may wait for a free worker before it gets 503. Defaults to as long as it likes."""
    triton_image: NotRequired[pulumi.Input[str]]
    """NVIDIA's server by digest: nvcr.io/nvidia/tritonserver:26.09-py3@sha256:… Required but in script mode."""
    gateway_image: pulumi.Input[str]
    """Envoy 1.40 or later by digest: docker.io/envoyproxy/envoy:distroless-v1.40.0@sha256:…"""
    fetcher_image: NotRequired[pulumi.Input[str]]
    """What copies model files into the pod, by digest; with `model_delivery` copy only."""
    model_delivery: NotRequired[str]
    """`image-volume`: the kubelet mounts the model's image (Kubernetes 1.35, containerd 2.1). `copy`: an init container
    copies the files out of the image and verifies each. Defaults to image-volume."""
    image_pull_secrets: NotRequired[list[str]]
    """Secrets of the namespace with logins for the registries. Defaults to what the nodes themselves may pull."""
    allow_plain_http: NotRequired[bool]
    """Read the model from a registry that is not on this machine without encryption. Defaults to false."""
    allow_old_triton: NotRequired[bool]
    """Take a Triton whose tag says that it has known security holes. Defaults to false."""
    service_name: NotRequired[str]
    """3 to 32 lower-case letters, digits and hyphens. Changing it replaces the service. Defaults to the component's
    name."""
    namespace: NotRequired[str]
    """A namespace that exists. Defaults to one of its own, named as the service, with restricted Pod Security."""
    gpu_cores: NotRequired[int]
    """GPUs of each replica. Defaults to 0, as in Azure ML."""
    gpu_resource: NotRequired[str]
    """What the nodes call them, a MIG slice for example: nvidia.com/mig-1g.10gb. Defaults to nvidia.com/gpu."""
    cpu_cores: NotRequired[float]
    """Processor cores of each replica, for Triton, or for the script in script mode. Defaults to 1."""
    cpu_cores_limit: NotRequired[float]
    """The most it may use. Defaults to what the node has to spare."""
    memory_gb: NotRequired[float]
    """Memory of each replica in GB, shared memory included. Defaults to 4."""
    memory_gb_limit: NotRequired[float]
    """The most it may use. Defaults to `memory_gb`."""
    script_cpu_cores: NotRequired[float]
    """Processor cores of the entry script beside Triton, in scoring mode. Defaults to 0.5."""
    script_memory_gb: NotRequired[float]
    """Memory of the entry script beside Triton, in scoring mode. Defaults to 1."""
    shared_memory_mb: NotRequired[int]
    """Size of Triton's /dev/shm. Defaults to 64 and 32 more for each instance of a Python model."""
    node_selector: NotRequired[dict[str, str]]
    """Labels of the nodes that may run it."""
    tolerated_taints: NotRequired[list[str]]
    """Taints of nodes that may run it nevertheless: team=vision:NoSchedule. Those of GPU nodes are tolerated anyway."""
    auth_enabled: NotRequired[bool]
    """Whether callers must show one of two keys. Defaults to true, as in Azure ML on AKS."""
    primary_key: NotRequired[pulumi.Input[str]]
    """A key of your own. Defaults to a generated one that is kept."""
    secondary_key: NotRequired[pulumi.Input[str]]
    """The second key, so that clients can move from one to the other while the first is changed."""
    primary_rotation: NotRequired[pulumi.Input[str]]
    """Any text, a date for example. Changing it makes a new primary key; no pod restarts, and no request is lost."""
    secondary_rotation: NotRequired[pulumi.Input[str]]
    """Any text, a date for example. Changing it makes a new secondary key."""
    num_replicas: NotRequired[int]
    """How many pods serve. Defaults to autoscaling."""
    autoscale_enabled: NotRequired[bool]
    """Whether the cluster chooses how many pods serve. Defaults to true unless `num_replicas` is given."""
    autoscale_min_replicas: NotRequired[int]
    """The fewest pods. Defaults to 1."""
    autoscale_max_replicas: NotRequired[int]
    """The most pods. Defaults to 10."""
    autoscale_target_utilization: NotRequired[int]
    """Percent of the requested cores at which there are enough pods. Defaults to 70."""
    autoscale_target_queue_ms: NotRequired[int]
    """Instead: how long a request may wait in Triton's queues on average. Needs Prometheus and its adapter."""
    strategy: NotRequired[str]
    """How updates replace pods: `surge`, `recycle` or `recreate`. Defaults to what the cluster's spare GPUs allow; the
    preview says which, and why."""
    # No int: Pulumi's host of components (3.272) fails on an integer that only another resource knows.
    most_gpus: NotRequired[pulumi.Input[float]]
    """GPUs of all the cluster's nodes when its pools are at their largest, which the cluster itself does not tell."""
    exposure: NotRequired[str]
    """`cluster`, `load-balancer` (public), `internal-load-balancer` or `gateway` (Gateway API). Defaults to cluster."""
    tls_secret: NotRequired[str]
    """A Secret of type kubernetes.io/tls in the namespace. The gateway then speaks TLS, and takes over a renewed
    certificate by itself. Required with a load balancer."""
    tls_certificate: NotRequired[pulumi.Input[str]]
    """Instead of `tls_secret`: the certificate with its chain, as PEM. Its Secret is made with the service; a renewed
    one reaches running pods."""
    tls_private_key: NotRequired[pulumi.Input[str]]
    """The private key of `tls_certificate`, as PEM; a secret."""
    host_name: NotRequired[str]
    """What callers call it by, where they do not use its address."""
    gateway: NotRequired[str]
    """The Gateway that leads to the service, `name` or `namespace/name`; with `exposure` gateway."""
    path_prefix: NotRequired[str]
    """What callers' paths begin with: /api/v1/service/digits keeps the addresses of Azure ML. Defaults to none."""
    allow_unencrypted_clients: NotRequired[bool]
    """Let callers outside of the cluster send keys and data in clear. Defaults to false."""
    allowed_namespaces: NotRequired[list[str]]
    """Namespaces whose pods may call; with a load balancer also its own. Defaults to everybody."""
    monitoring_namespace: NotRequired[str]
    """Where Prometheus runs: it may then scrape, and finds a PodMonitor, alerts and a dashboard. Defaults to none."""
    allow_egress: NotRequired[bool]
    """Let models and entry scripts open connections to the outside. Defaults to false."""
    startup_timeout_seconds: NotRequired[int]
    """In which Triton, and then the entry script, must be ready. Defaults to 120, and one for each 50 MB of model."""
    period_seconds: NotRequired[int]
    """How often probes ask. Defaults to 10."""
    timeout_seconds: NotRequired[int]
    """How long a probe waits for an answer. Defaults to 2."""
    failure_threshold: NotRequired[int]
    """How many failed probes in a row restart a container. Defaults to 3."""
    tags: NotRequired[dict[str, str]]
    """Labels for people and searches, kept as an annotation."""
    description: NotRequired[str]
    """What the service is for."""
    kubeconfig: NotRequired[pulumi.Input[str]]
    """The cluster, as text or path; a secret. Give it with a Kubernetes provider of your own in the options. Defaults
    to the current kubectl context, which Pulumi's Kubernetes provider takes as well."""
    context: NotRequired[pulumi.Input[str]]
    """The context of the kubeconfig. Defaults to its current one."""
    candidate_model: NotRequired[pulumi.Input[str]]
    """A second model version beside the first: a candidate, with pods of its own behind the same address."""
    candidate_environment_image: NotRequired[pulumi.Input[str]]
    """The candidate's environment. Defaults to `environment_image`."""
    candidate_entry_script: NotRequired[pulumi.Input[str]]
    """The candidate's entry script. Defaults to `entry_script`."""
    candidate_source_directory: NotRequired[pulumi.Input[str]]
    """The folder that goes along with the candidate's entry script."""
    candidate_percent: NotRequired[int]
    """The candidate's share of the requests; the rest goes to the first version. Callers reach one of them for sure by
    the header `x-triton-serving-version: candidate` or `stable`. Defaults to 0."""
    candidate_mirror_percent: NotRequired[int]
    """Of how many requests the candidate gets a copy whose answer nobody sees. Defaults to 0."""
