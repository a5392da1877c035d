"""What somebody can do when Azure refuses: a sentence for each of its codes."""

import re

AGAIN = "then run `pulumi up` again, which goes on where this one ended"
ADVICE = {
    "AllocationFailed": "The region has no such machine now: try another hour, another zone or none, or another size; "
    + AGAIN,
    "ZonalAllocationFailed": "The zone has no such machine now: try another hour, another zone or none, or another "
    f"size; {AGAIN}",
    "OverconstrainedAllocationRequest": "Nowhere in the region is all of it to be had at once: leave out zones or "
    f"'spot', or take another size; {AGAIN}",
    "QuotaExceeded": "Ask for more vCPUs of the family under Quotas in the Azure portal or with `az quota update`, or "
    f"lower the pool's count; {AGAIN}",
    "InsufficientVCPUQuota": "Ask for more vCPUs of the family under Quotas in the Azure portal or with `az quota "
    f"update`, or lower the pool's count; {AGAIN}",
    "SkuNotAvailable": "This subscription cannot have the size there: `az vm list-skus --size <size> --all` shows "
    f"where it can; {AGAIN}",
    "AuthorizationFailed": "Your login lacks a role on the scope that the message names: ask its owner for it; "
    + AGAIN,
    "LinkedAuthorizationFailed": "Your login lacks a role on the linked resource that the message names: ask its owner "
    f"for it; {AGAIN}",
    "RequestDisallowedByPolicy": "A policy of your organization forbids it: the message names the policy, and whoever "
    f"keeps it knows whether it or the setting is to change; {AGAIN}",
    "ExpiredAuthenticationToken": "The login ended: sign in again, by `az login` or with a pipeline's token that lives "
    f"longer; {AGAIN}",
    "InvalidAuthenticationToken": f"The login does not count: sign in again, by `az login`; {AGAIN}",
    "SubscriptionNotFound": "Your login does not see that subscription: set azure-native:subscriptionId or "
    f"ARM_SUBSCRIPTION_ID to one that `az account list` shows; {AGAIN}",
    "MissingSubscriptionRegistration": "Run `az provider register --namespace <namespace> --wait` with the namespace "
    f"that the message names; {AGAIN}",
    "RegistryNameNotAvailable": f"Somebody has that name in Azure: choose another 'registryName'; {AGAIN}",
    "AlreadyInUse": f"Somebody has that name in Azure: choose another 'registryName'; {AGAIN}",
    "TooManyRequests": f"Azure was asked too often, and tried again for a while already: wait some minutes; {AGAIN}",
    "ServiceUnavailable": f"Azure is in trouble itself, and was tried again already: see status.azure.com; {AGAIN}",
    "InternalServerError": f"Azure is in trouble itself, and was tried again already: see status.azure.com; {AGAIN}",
    "already existing resource": "It is there, though Pulumi has not made it, or did not hear of it: remove it in "
    "Azure, or take it over with `pulumi import`",
}
_CODES = re.compile(rf"(?<![A-Za-z])({'|'.join(ADVICE)})(?![A-Za-z])")


def advice(error: str) -> str | None:
    """What to do, where Azure's code says it; a code that lies deeper inside is as good as the outermost."""
    found = _CODES.search(error)
    return ADVICE[found[1]] if found else None
