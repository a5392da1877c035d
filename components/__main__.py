"""The Pulumi plugin `triton-serving`: what it serves, nothing else. Each is loaded when it is asked for first."""

COMPONENTS = ("GpuCluster", "LocalWebservice", "ScoringEnvironment", "TritonModelRepository", "TritonWebservice")
RESOURCES = {
    "ApiKeys": "api_keys_provider",
    "AzureCapacity": "azure_capacity_provider",
    "ClusterEntrance": "cluster_entrance_provider",
    "ContainerRollout": "container_rollout_provider",
    "ContainerService": "container_service_provider",
    "EnvironmentImage": "environment_image_provider",
    "KubernetesService": "kubernetes_service_provider",
    "LocalService": "local_service_provider",
    "ModelVersion": "model_version_provider",
    "PythonEnvironment": "python_environment_provider",
    "ServiceRollout": "service_rollout_provider",
}
"""The module of each, in which its class is called `<name>Provider`."""

if __name__ == "__main__":
    from functools import partial
    from importlib import import_module
    from typing import Any

    import triton_serving
    from triton_serving.resources.plugin import serve

    def resource(name: str) -> Any:
        return getattr(import_module(f"triton_serving.resources.{RESOURCES[name]}"), f"{name}Provider")()

    serve(
        components={name: partial(getattr, triton_serving, name) for name in COMPONENTS},
        resources={name: partial(resource, name) for name in RESOURCES},
    )
