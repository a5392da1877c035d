"""What the components would tell one after the other, told at once: a service is not looked at before its cluster's
arguments are good. The rules are the components' own."""

from collections.abc import Iterator, Mapping
from typing import Any

from triton_serving.rules.arguments import engine_name
from triton_serving.rules.gpu_cluster_together import cluster_problems
from triton_serving.rules.kubernetes import RULES
from triton_serving.rules.kubernetes_together import combination_problems

_MADE_LATER = f"registry.example.com/made-later@sha256:{'0' * 64}"


def problems_of_cluster(cluster: Mapping[str, Any]) -> list[str]:
    pools = [_in_the_engines_words(pool) for pool in cluster.get("gpu_pools", ())]
    return cluster_problems(_in_the_engines_words(cluster) | ({"gpuPools": pools} if pools else {}))


def problems_of_service(
    service: Mapping[str, Any], environment: Mapping[str, Any] | None, candidate: Mapping[str, Any] | None
) -> Iterator[str]:
    """`environment` is what its image is to be made of; None where it needs none, or names one. `candidate` is the
    repository of a second model beside the first, if there is one."""
    given = _in_the_engines_words(service) | {"model": _MADE_LATER}
    if candidate is not None:
        given["candidateModel"] = _MADE_LATER
    if environment is not None:
        given["environmentImage"] = _MADE_LATER
    wrong = {key: problem for key, rule in RULES.items() if key in given and (problem := rule(given[key]))}
    for key, problem in wrong.items():
        yield f"'{key}' {problem}"
    yield from combination_problems(given, wrong)


def problems_of_registry(cluster: Mapping[str, Any], models: Mapping[str, Any]) -> Iterator[str]:
    if not {"registry_name", "adopt_registry"} & cluster.keys() and "registry" not in models:
        yield (
            "'registryName' is required, where versions of the model are kept: 5 to 50 letters and digits that nobody "
            "else in Azure has; or set 'adoptRegistry' or 'registry'"
        )


def _in_the_engines_words(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {engine_name(key): value for key, value in arguments.items()}
