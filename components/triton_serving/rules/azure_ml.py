"""Words of Azure ML's AksWebservice that have no counterpart here, and what to do instead."""

from collections.abc import Iterable

INSTEAD = {
    "autoscale_refresh_seconds": "how often load is looked at is a setting of the cluster; remove it",
    "blobfuse_enabled": "models are mounted from their image; remove it",
    "collect_model_data": "data is not collected; let the entry script write what it needs, and remove this",
    "compute_target_name": "the cluster is the one of 'kubeconfig', or of the current kubectl context",
    "enable_app_insights": "logs and metrics are the cluster's: see 'monitoring_namespace'; remove it",
    "initial_delay_seconds": "probes wait for the model by themselves; for a slow one set 'startup_timeout_seconds'",
    "location": "a service runs where its cluster is; remove it",
    "models": "one version holds all models of a directory; give its imageRef as 'model'",
    "overwrite": "an update always replaces what is there; remove it",
    "properties": "say them as 'tags'",
    "replica_max_concurrent_requests": "Triton's batching takes many requests at once; for the entry script set "
    "WORKER_COUNT in 'environment_variables'",
    "success_threshold": "a probe counts when it is answered once; remove it",
    "token_auth_enabled": "callers show one of two keys: 'auth_enabled'",
}


def not_taken_over(given: Iterable[str]) -> list[str]:
    return [f"'{name}' of Azure ML is not taken: {INSTEAD[name]}" for name in sorted(set(given) & INSTEAD.keys())]
