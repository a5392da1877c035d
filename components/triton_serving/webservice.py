"""TritonWebservice: a model version, with an entry script if wanted, as an endpoint on any Kubernetes.

    <name>                    TritonWebservice
    ├── <name>-keys           ApiKeys, unless `auth_enabled` is false
    ├── <name>-plan           KubernetesService: judges every argument, and says which objects follow
    ├── <name>-deployment …   the objects, made by Pulumi's Kubernetes provider
    └── <name>-rollout        ServiceRollout: the wait for the pods, and the reason when they do not become ready

Nothing is made on the cluster before KubernetesService is content; `destroy` ends when the last pod is gone.
"""

from typing import Any

import pulumi

from .plan.kubernetes.names import certificate_name
from .resources.api_keys import KEY_ARGUMENTS, key_mistakes, keys_of
from .resources.component_inputs import in_the_engines_words
from .resources.kubernetes_objects import declare_objects
from .resources.kubernetes_service import KubernetesService, ServiceRollout
from .rules.arguments import unknown_arguments
from .rules.azure_ml import INSTEAD, not_taken_over
from .webservice_args import TritonWebserviceArgs

_OF_ADDRESSES = ("hostName", "pathPrefix", "tlsSecret", "allowUnencryptedClients", "kubeconfig", "context")
_SECRET = ("primary_key", "secondary_key", "tls_private_key", "kubeconfig")


class TritonWebservice(pulumi.ComponentResource):
    """A model version as an endpoint on any Kubernetes: Triton itself, or an entry script in front of it."""

    scoring_uri: pulumi.Output[str]
    """Ends in /score with an entry script; the base without one, as in Azure ML."""
    infer_uris: pulumi.Output[dict[str, str]]
    """In direct mode, for each model and version (`digits/1`) where it is called."""
    health_uri: pulumi.Output[str]
    """200 when every model is ready; behind the keys when there are any."""
    swagger_uri: pulumi.Output[str | None]
    """With an entry script, its description."""
    grpc_target: pulumi.Output[str | None]
    """In direct mode, host and port for Triton's gRPC clients."""
    primary_key: pulumi.Output[str | None]
    """The primary key, a secret; none while keys are off."""
    secondary_key: pulumi.Output[str | None]
    """The secondary key, a secret; none while keys are off."""
    state: pulumi.Output[str]
    """Healthy, Transitioning, Unhealthy, Unschedulable or Failed, as of the last update."""
    model_digest: pulumi.Output[str | None]
    """The digest of the model that serves."""
    strategy: pulumi.Output[str]
    """How updates replace pods, and why."""
    namespace: pulumi.Output[str]
    """Where the service's objects are: `kubectl logs` and `kubectl get pods` need it."""

    def __init__(self, name: str, args: TritonWebserviceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        auth_enabled = args.get("auth_enabled", True)
        mistakes = not_taken_over(args)
        mistakes += unknown_arguments(args.keys() - INSTEAD.keys(), TritonWebserviceArgs.__annotations__)
        mistakes += key_mistakes(args, auth_enabled)
        if mistakes:
            raise pulumi.RunError("; ".join(mistakes))
        given = in_the_engines_words(args, _SECRET)
        super().__init__("triton-serving:index:TritonWebservice", name, given, opts)
        keys = keys_of(self, name, args) if auth_enabled else None
        shown = {"primaryKey": keys.primary_key, "secondaryKey": keys.secondary_key} if keys else {}
        # The rules for the values are KubernetesService's: its check tells all problems at once, in both ways of use.
        of_service = {key: value for key, value in given.items() if key not in KEY_ARGUMENTS.values()} | shown
        of_service |= {"name": of_service.pop("serviceName", name)}
        service = KubernetesService(f"{name}-plan", of_service, pulumi.ResourceOptions(parent=self))
        made = declare_objects(self, name, service, args)
        rollout = ServiceRollout(
            f"{name}-rollout",
            {
                "service": of_service["name"],
                "namespace": service.output("serviceNamespace"),
                "deployments": [deployment.metadata.apply(_name) for deployment in made.deployments],
                "uids": [deployment.metadata.apply(_uid) for deployment in made.deployments],
                **{key: service.output(key) for key in ("fingerprint", "routesVersions", "progressSeconds", "served")},
                "mode": given.get("mode", "scoring" if "entryScript" in given else "direct"),
                "exposure": given.get("exposure", "cluster"),
                **{key: given[key] for key in _OF_ADDRESSES if key in given},
                **({"tlsSecret": certificate_name(of_service["name"])} if "tlsCertificate" in given else {}),
                **shown,
            },
            pulumi.ResourceOptions(parent=self, depends_on=made.all),
        )
        self.scoring_uri = rollout.output("scoringUri")
        self.infer_uris = rollout.output("inferUris")
        self.health_uri = rollout.output("healthUri")
        self.swagger_uri = rollout.text_or_none("swaggerUri")
        self.grpc_target = rollout.text_or_none("grpcTarget")
        self.primary_key = keys.primary_key if keys else pulumi.Output.from_input(None)
        self.secondary_key = keys.secondary_key if keys else pulumi.Output.from_input(None)
        self.state = rollout.output("state")
        self.model_digest = service.text_or_none("modelDigest")
        self.strategy = pulumi.Output.concat(service.output("chosenStrategy"), ": ", service.output("strategyReason"))
        self.namespace = service.output("serviceNamespace")
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
                "strategy": self.strategy,
                "namespace": self.namespace,
            }
        )


def _name(metadata: Any) -> str:
    return str(metadata.name)


def _uid(metadata: Any) -> str:
    """There is none in the preview of a Deployment that is new."""
    return str(metadata.uid or "")
