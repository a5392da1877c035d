"""The Pulumi plugin `triton-serving`: what it serves, nothing else."""

if __name__ == "__main__":
    from triton_serving import (
        GpuCluster,
        LocalWebservice,
        ScoringEnvironment,
        TritonModelRepository,
        TritonWebservice,
    )
    from triton_serving.resources.api_keys_provider import ApiKeysProvider
    from triton_serving.resources.azure_capacity_provider import AzureCapacityProvider
    from triton_serving.resources.cluster_entrance_provider import ClusterEntranceProvider
    from triton_serving.resources.container_rollout_provider import ContainerRolloutProvider
    from triton_serving.resources.container_service_provider import ContainerServiceProvider
    from triton_serving.resources.environment_image_provider import EnvironmentImageProvider
    from triton_serving.resources.kubernetes_service_provider import KubernetesServiceProvider
    from triton_serving.resources.local_service_provider import LocalServiceProvider
    from triton_serving.resources.model_version_provider import ModelVersionProvider
    from triton_serving.resources.plugin import serve
    from triton_serving.resources.python_environment_provider import PythonEnvironmentProvider
    from triton_serving.resources.service_rollout_provider import ServiceRolloutProvider

    serve(
        components=[GpuCluster, LocalWebservice, ScoringEnvironment, TritonModelRepository, TritonWebservice],
        resources=[
            ApiKeysProvider(),
            AzureCapacityProvider(),
            ClusterEntranceProvider(),
            ContainerRolloutProvider(),
            ContainerServiceProvider(),
            EnvironmentImageProvider(),
            KubernetesServiceProvider(),
            LocalServiceProvider(),
            ModelVersionProvider(),
            PythonEnvironmentProvider(),
            ServiceRolloutProvider(),
        ],
    )
