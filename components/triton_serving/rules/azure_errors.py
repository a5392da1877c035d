"""What somebody can do when Azure refuses something: a sentence for each of its codes.

It stands with every question that Azure refuses to answer. Of what Azure refuses to make, the engine tells Azure's own
words alone, and `make up` ends with these sentences (scripts/advice). A hook of the engine on errors could add them
at once, but it is called in the program's process, which may have ended by then for another error; the engine then
tells that the hook could not be called, in the place of Azure's code.
"""

import re

_LOGIN = "sign in again, by `az login` or with a pipeline's token that lives longer"
_SUBSCRIPTION = (
    "your login does not see that subscription: set azure-native:subscriptionId or ARM_SUBSCRIPTION_ID to one that "
    "`az account list --all` shows"
)
_TROUBLE = "Azure is in trouble itself, and was tried again already: see status.azure.com, and run `pulumi up` later"
_ROLE = "your login lacks a role on the scope that the message names: ask its owner for it"
_NO_ROOM = "the region has no such machine now: try another hour, another zone or none (`zones: []`), or another size"
_QUOTA = "ask for more vCPUs of the size's family in that region (`az vm list-usage` shows them), or lower `maxCount`"
_NAME_TAKEN = "somebody in Azure has that name: give another `registryName`"
ADVICE = {
    "AllocationFailed": _NO_ROOM,
    "ZonalAllocationFailed": _NO_ROOM,
    "OverconstrainedAllocationRequest": _NO_ROOM,
    "QuotaExceeded": _QUOTA,
    "ErrCode_InsufficientVCPUQuota": _QUOTA,
    "InsufficientVCPUQuota": _QUOTA,
    "SkuNotAvailable": "your subscription is not offered that size there: `az vm list-skus -l <region> --size <size> "
    "--all` tells why; take another `vmSize`, `location` or zone",
    "RequestDisallowedByPolicy": "the message names the policy: your platform team knows whether it or the setting has "
    "to change",
    "RegistryNameNotAvailable": _NAME_TAKEN,
    "AlreadyInUse": _NAME_TAKEN,
    "LinkedAuthorizationFailed": _ROLE,
    "AuthorizationFailed": _ROLE,
    "ExpiredAuthenticationToken": f"the login ended: {_LOGIN}",
    "InvalidAuthenticationToken": f"the login does not count: {_LOGIN}",
    "InvalidAuthenticationTokenTenant": "your login is of another tenant than the subscription: sign in there by "
    "`az login --tenant …`, or set ARM_TENANT_ID (`az account list --all` shows each subscription's)",
    "SubscriptionNotFound": _SUBSCRIPTION,
    "InvalidSubscriptionId": _SUBSCRIPTION,
    "TooManyRequests": "Azure was asked too often, and tried again for a while already: wait some minutes",
    "ServiceUnavailable": _TROUBLE,
    "InternalServerError": _TROUBLE,
    # Not Azure's words but its provider's, which takes over nothing.
    "cannot create already existing resource": "Azure has it, and the stack does not know of it: remove what an "
    "update left that was killed (`az resource delete --ids <id>`); what is somebody else's takes another name, or is "
    "adopted",
}
_CODES = re.compile(rf"(?<![A-Za-z_])({'|'.join(ADVICE)})(?![A-Za-z])")


def advice(error: str) -> str | None:
    """What to do, where Azure's code says it; a code that lies deeper inside is as good as the outermost."""
    return next((ADVICE[code] for code in codes(error)), None)


def codes(error: str) -> list[str]:
    """Those that something can be said of, each once, the outermost first."""
    return list(dict.fromkeys(_CODES.findall(error)))
