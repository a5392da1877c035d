"""Whether a service has what its models ask for. Known before anything is asked of a cluster."""

from collections.abc import Iterator

from .service import ClusterService, Release


def model_problems(service: ClusterService) -> list[str]:
    """In words that name the arguments; empty when all fits."""
    problems = list(_of_memory(service))
    problems += _of_release(service, service.stable, "model")
    if service.candidate and service.candidate.model is not service.stable.model:
        problems += _of_release(service, service.candidate, "candidateModel")
    return problems


def _of_release(service: ClusterService, release: Release, argument: str) -> Iterator[str]:
    if release.model is None or service.triton_image is None:
        return
    if not release.plan.models:
        yield f"'{argument}' holds no model that Triton would serve; publish a directory with at least one"
    if not service.resources.gpus:
        for model in release.model.needs:
            if model.asks_for_gpu:
                yield (
                    f"'gpuCores' must be at least 1: {model.name} cannot start without a GPU; set it, or change the "
                    "model's instance_group to KIND_CPU"
                )


def _of_memory(service: ClusterService) -> Iterator[str]:
    shared, memory = service.resources.shared_memory_mb, service.resources.memory_gb * 1000
    if service.triton_image and shared > memory / 2:
        yield (
            f"'memoryGb' must leave room beside the {shared} MB that the models' Python instances share (got "
            f"{service.resources.memory_gb:g}); give at least {shared / 500:g}, or lower the counts in instance_group"
        )
