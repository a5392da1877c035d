"""LocalWebservice: a model version, with an entry script if wanted, as an endpoint on this machine.

    <name>                    LocalWebservice
    ├── <name>-keys           ApiKeys, when `auth_enabled`
    └── <name>-service        LocalService: gateway, scoring server and Triton as processes of this machine

Every change updates in place: the new processes start, and take over once they are ready.

With `runs_in: containers` the same comes from images, in Docker:

    ├── <name>-plan           ContainerService: judges every argument, gets images and model, describes the containers
    ├── <name>-network        of this service alone
    ├── <name>-gateway …      the containers, made by Pulumi's provider for Docker
    └── <name>-rollout        ContainerRollout: leads callers to the new containers once they are ready
"""

from typing import Any, NotRequired, TypedDict

import pulumi

from .resources.api_keys import KEY_ARGUMENTS, key_mistakes, keys_of
from .resources.component_inputs import in_the_engines_words
from .resources.container_service import ContainerRollout, ContainerService
from .resources.docker_objects import declare_containers
from .resources.local_service import LocalService
from .rules.arguments import unknown_arguments
from .rules.containers import CONTAINERS, PROCESSES, way_problem
from .rules.service import mode_of

_OF_COMPONENT = {"serviceName", "runsIn"}
_SECRET = ("primary_key", "secondary_key")


class LocalWebserviceArgs(TypedDict):
    model: NotRequired[pulumi.Input[str]]
    """The model version: `imageRef` of a TritonModelRepository. Required but in script mode."""
    mode: NotRequired[pulumi.Input[str]]
    """`direct`: clients call Triton. `scoring`: an entry script at /score calls Triton at localhost:8000, or by gRPC at
    localhost:8001. `script`: an entry script loads the model itself. Defaults to scoring with an entry script, and to
    direct without one."""
    entry_script: NotRequired[pulumi.Input[str]]
    """The file with `init()` and `run()`: a path from the program's folder, or inside of `source_directory`."""
    source_directory: NotRequired[pulumi.Input[str]]
    """The folder that goes along with the entry script. Defaults to the entry script alone."""
    environment: NotRequired[pulumi.Input[str]]
    """The packages of the entry script: `environmentRef` of a ScoringEnvironment. Required with an entry script that
    runs as processes."""
    environment_variables: NotRequired[pulumi.Input[dict[str, str]]]
    """Variables of the entry script's processes; `WORKER_COUNT` is how many there are, 1 by default."""
    service_name: NotRequired[pulumi.Input[str]]
    """3 to 32 lower-case letters, digits and hyphens. Defaults to the component's name."""
    port: NotRequired[pulumi.Input[int]]
    """Where the service listens, on this machine only. Defaults to 6789, as it was in Azure ML; 0 is any free one."""
    auth_enabled: NotRequired[bool]
    """Whether callers must show one of two keys. Defaults to false, because only this machine can call it."""
    primary_key: NotRequired[pulumi.Input[str]]
    """A key of your own, with `auth_enabled`. Defaults to a generated one that is kept."""
    secondary_key: NotRequired[pulumi.Input[str]]
    """The second key, so that clients can move from one to the other while the first is changed."""
    primary_rotation: NotRequired[pulumi.Input[str]]
    """Any text, a date for example. Changing it makes a new primary key, and no request with the other is lost."""
    secondary_rotation: NotRequired[pulumi.Input[str]]
    """Any text, a date for example. Changing it makes a new secondary key."""
    scoring_timeout_ms: NotRequired[pulumi.Input[int]]
    """In which `run()` must have answered. Defaults to 60000, as in Azure ML."""
    startup_timeout_seconds: NotRequired[pulumi.Input[int]]
    """In which Triton, and then the entry script, must be ready. Defaults to 120, and one for each 50 MB of model."""
    allow_plain_http: NotRequired[bool]
    """Fetch the model from a registry that is not on this machine without encryption. Defaults to false."""
    description: NotRequired[pulumi.Input[str]]
    """What the service is for."""
    runs_in: NotRequired[str]
    """`processes` of this machine, with a Triton that is installed for them; or `containers` of Docker, with the images
    that also go to a cluster. Defaults to processes. Everything below is for containers only."""
    gateway_image: NotRequired[pulumi.Input[str]]
    """Envoy's image by digest. Required with containers."""
    triton_image: NotRequired[pulumi.Input[str]]
    """NVIDIA's Triton image by digest. Required with containers, but in script mode."""
    environment_image: NotRequired[pulumi.Input[str]]
    """What the entry script runs in, by digest. Required with containers and an entry script."""
    memory_gb: NotRequired[pulumi.Input[float]]
    """Memory of Triton, or of the entry script in script mode. Defaults to 4."""
    script_memory_gb: NotRequired[pulumi.Input[float]]
    """Memory of an entry script in scoring mode. Defaults to 1."""
    cpu_cores_limit: NotRequired[pulumi.Input[float]]
    """Processor cores that each container may use. Defaults to all that the machine has to spare."""
    shared_memory_mb: NotRequired[pulumi.Input[int]]
    """Of Triton's memory, at /dev/shm. Defaults to 64, and 32 for each instance of a Python model."""


class LocalWebservice(pulumi.ComponentResource):
    """A model version as an endpoint on this machine: Triton itself, or an entry script in front of it."""

    scoring_uri: pulumi.Output[str]
    """http://localhost:6789/score with an entry script; the base, http://localhost:6789, without one."""
    infer_uris: pulumi.Output[dict[str, str]]
    """In direct mode, for each model and version (`digits/1`) where it is called."""
    health_uri: pulumi.Output[str]
    """200 when every model is ready and answers; behind the keys when there are any."""
    swagger_uri: pulumi.Output[str | None]
    """With an entry script, its description."""
    grpc_target: pulumi.Output[str | None]
    """In direct mode, host and port for Triton's gRPC clients."""
    primary_key: pulumi.Output[str | None]
    """The primary key, a secret; none while keys are off."""
    secondary_key: pulumi.Output[str | None]
    """The secondary key, a secret; none while keys are off."""
    state: pulumi.Output[str]
    """Healthy, Transitioning or Unhealthy, as of the last update."""
    model_digest: pulumi.Output[str | None]
    """The digest of the model that serves."""
    logs: pulumi.Output[str]
    """The folder with the logs of gateway, Triton, entry script and supervisor; with containers, the commands that show
    them."""

    def __init__(self, name: str, args: LocalWebserviceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        auth_enabled = args.get("auth_enabled", False)
        mistakes = unknown_arguments(args, LocalWebserviceArgs.__annotations__) + key_mistakes(args, auth_enabled)
        runs_in = args.get("runs_in", PROCESSES)
        if problem := way_problem(runs_in):
            mistakes.append(f"'runs_in' {problem}")
        if mistakes:
            raise pulumi.RunError("; ".join(mistakes))
        given = in_the_engines_words(args, _SECRET)
        super().__init__("triton-serving:index:LocalWebservice", name, given, opts)
        keys = keys_of(self, name, args) if auth_enabled else None
        shown = {"primaryKey": keys.primary_key, "secondaryKey": keys.secondary_key} if keys else {}
        # The rules for the values are the resources': their check tells all problems at once, in both ways of use.
        of_service = {key: given[key] for key in given.keys() - KEY_ARGUMENTS.values() - _OF_COMPONENT}
        of_service |= {"name": given.get("serviceName") or name}
        service = (
            _containers(self, name, of_service, args, shown)
            if runs_in == CONTAINERS
            else LocalService(f"{name}-service", of_service | shown, pulumi.ResourceOptions(parent=self))
        )
        self.scoring_uri = service.output("scoringUri")
        self.infer_uris = service.output("inferUris")
        self.health_uri = service.output("healthUri")
        self.swagger_uri = service.text_or_none("swaggerUri")
        self.grpc_target = service.text_or_none("grpcTarget")
        self.primary_key = keys.primary_key if keys else pulumi.Output.from_input(None)
        self.secondary_key = keys.secondary_key if keys else pulumi.Output.from_input(None)
        self.state = service.output("state")
        self.model_digest = service.text_or_none("modelDigest")
        self.logs = service.output("logs")
        self.register_outputs(
            {
                "scoringUri": self.scoring_uri,
                "inferUris": self.infer_uris,
                "healthUri": self.health_uri,
                "swaggerUri": self.swagger_uri,
                "grpcTarget": self.grpc_target,
                "primaryKey": self.primary_key,
                "secondaryKey": self.secondary_key,
                "state": self.state,
                "modelDigest": self.model_digest,
                "logs": self.logs,
            }
        )


def _containers(
    component: pulumi.ComponentResource,
    name: str,
    of_service: dict[str, Any],
    args: LocalWebserviceArgs,
    shown: dict[str, pulumi.Output[str]],
) -> ContainerRollout:
    service = ContainerService(f"{name}-plan", of_service, pulumi.ResourceOptions(parent=component))
    made = declare_containers(component, name, service, args)
    return ContainerRollout(
        f"{name}-rollout",
        {
            "service": of_service["name"],
            "containers": {part: container.id for part, container in made.items()},
            "names": {part: container.name for part, container in made.items()},
            **{key: service.output(key) for key in ("folder", "slot", "served", "startupSeconds")},
            **{key: service.output(key) for key in ("modelDigest", "sourceDigest")},
            "port": service.output("usedPort"),
            "mode": pulumi.Output.from_input(of_service.get("mode", mode_of(of_service))),
            "scoringTimeoutMs": of_service.get("scoringTimeoutMs"),
            **shown,
        },
        pulumi.ResourceOptions(parent=component),
    )
