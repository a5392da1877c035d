"""All rules, in the order in which the documentation has them."""

from . import azure_cluster, azure_storage, capacity, images, ownership, pods, services

RULES = (
    *services.RULES,
    *images.RULES,
    *pods.RULES,
    *capacity.RULES,
    *azure_cluster.RULES,
    *azure_storage.RULES,
    *ownership.RULES,
)
