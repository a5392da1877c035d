"""What somebody can do when Azure refuses to answer a question: a sentence for each of its codes.

Of what Azure refuses to make, the engine tells Azure's own words alone. A hook of the engine on errors could add to
them, but it is called in the program's process, which may have ended by then for another error; the engine then tells
that the hook could not be called, in the place of Azure's code.
"""

import re

_LOGIN = "sign in again, by `az login` or with a pipeline's token that lives longer"
_TROUBLE = "Azure is in trouble itself, and was tried again already: see status.azure.com, and run `pulumi up` later"
ADVICE = {
    "AuthorizationFailed": "your login lacks a role on the scope that the message names: ask its owner for it",
    "ExpiredAuthenticationToken": f"the login ended: {_LOGIN}",
    "InvalidAuthenticationToken": f"the login does not count: {_LOGIN}",
    "SubscriptionNotFound": "your login does not see that subscription: set azure-native:subscriptionId or "
    "ARM_SUBSCRIPTION_ID to one that `az account list` shows",
    "TooManyRequests": "Azure was asked too often, and tried again for a while already: wait some minutes",
    "ServiceUnavailable": _TROUBLE,
    "InternalServerError": _TROUBLE,
}
_CODES = re.compile(rf"(?<![A-Za-z])({'|'.join(ADVICE)})(?![A-Za-z])")


def advice(error: str) -> str | None:
    """What to do, where Azure's code says it; a code that lies deeper inside is as good as the outermost."""
    found = _CODES.search(error)
    return ADVICE[found[1]] if found else None
