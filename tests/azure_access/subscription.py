"""What Azure answers of a subscription in which everything is fine, and what is told of pools in it."""

from typing import Any

from parts.azure_manager import size, usage
from triton_serving.azure_access.answers import HERE, Answers, Rights, read_quotas, read_sizes
from triton_serving.azure_access.capacity import Pool, Wanted, capacity_problems

A100, T4, PLAIN = "Standard_NC24ads_A100_v4", "Standard_NC4as_T4_v3", "Standard_D4ds_v5"
SIZES = [
    size(PLAIN, "standardDDSv5Family", 4),
    size(A100, "StandardNCADSA100v4Family", 24),
    size("Standard_NC48ads_A100_v4", "StandardNCADSA100v4Family", 48),
    size(T4, "Standard NCASv3_T4 Family", 4, "12"),
]
USAGES = [
    usage("cores", "Total Regional vCPUs", 10, 200),
    usage("lowPriorityCores", "Total Regional Spot vCPUs", 0, 24),
    usage("standardDDSv5Family", "Standard DDSv5 Family vCPUs", 10, 100),
    usage("standardNCADSA100v4Family", "Standard NCADS_A100_v4 Family vCPUs", 24, 96),
    usage("Standard NCASv3_T4 Family", "Standard NCASv3_T4 Family vCPUs", 0, 8),
]
OWNER = (Rights(("*",), ()),)
FINE = Answers(
    sizes=read_sizes(SIZES, "westeurope"),
    quotas=read_quotas(USAGES),
    rights={HERE: OWNER},
    registered={"Microsoft.ContainerService": "Registered"},
)


def wanted(*pools: Pool, **more: Any) -> Wanted:
    return Wanted("westeurope", pools, **more)


def problems(*pools: Pool, answers: Answers = FINE, **more: Any) -> str:
    return "\n".join(capacity_problems(answers, wanted(*pools, **more)))
