"""ServiceRollout in Pulumi's package schema."""

from typing import Any

from .addresses import ADDRESSES
from .schema import ANYTHING, LIST, NUMBER, SWITCH, TEXT, described

SCHEMA: dict[str, Any] = {
    "description": "The wait for every pod of a service to be what it should be, and for every gateway to take its "
    "keys; tells why when it does not come to that. Made by TritonWebservice, which is what programs should declare.",
    "inputProperties": {
        "service": described(TEXT, "The service's name.", replaces=True),
        "namespace": described(TEXT, "Where its objects are.", replaces=True),
        "deployments": described(LIST, "The Deployments to wait for, the stable one first."),
        "uids": described(LIST, "Their uids, by which another cluster is told apart."),
        "fingerprint": described(TEXT, "Of all objects; when it changes, there is something to wait for."),
        "routesVersions": described(LIST, "What the gateways of each Deployment have to say.", secret=True),
        "progressSeconds": described(NUMBER, "In which an update must have gone on by one pod."),
        "primaryKey": described(TEXT, "The primary key.", secret=True),
        "secondaryKey": described(TEXT, "The secondary key.", secret=True),
        "mode": described(TEXT, "direct, scoring or script."),
        "served": described(ANYTHING, "Each model with the versions that Triton serves."),
        "exposure": described(TEXT, "cluster, load-balancer, internal-load-balancer or gateway."),
        "hostName": described(TEXT, "What callers call it by."),
        "pathPrefix": described(TEXT, "What callers' paths begin with."),
        "tlsSecret": described(TEXT, "The gateway's certificate."),
        "allowUnencryptedClients": described(SWITCH, "Callers outside of the cluster speak plain HTTP."),
        "kubeconfig": described(TEXT, "The cluster; the current one by default.", secret=True),
        "context": described(TEXT, "The kubeconfig's context."),
    },
    "requiredInputs": ["service", "namespace", "deployments", "uids", "fingerprint", "progressSeconds", "mode"],
    "properties": {
        **ADDRESSES,
        "state": described(TEXT, "Healthy, Transitioning, Unhealthy, Unschedulable or Failed."),
    },
    "required": ["scoringUri", "inferUris", "healthUri", "state"],
}
