"""Azure's errors, in the words in which pulumi-azure-native passes them on."""

from dataclasses import dataclass, field

STATUS = {
    "AllocationFailed": 409,
    "AlreadyInUse": 409,
    "AuthorizationFailed": 403,
    "BadRequest": 400,
    "ExpiredAuthenticationToken": 401,
    "InternalServerError": 500,
    "InvalidAuthenticationTokenTenant": 401,
    "InvalidParameter": 400,
    "PrincipalNotFound": 400,
    "PropertyChangeNotAllowed": 400,
    "QuotaExceeded": 400,
    "RegistryNameNotAvailable": 409,
    "RequestDisallowedByPolicy": 403,
    "ResourceGroupNotFound": 404,
    "ResourceNotFound": 404,
    "RoleAssignmentExists": 409,
    "RoleAssignmentUpdateNotPermitted": 400,
    "RoleDefinitionDoesNotExist": 400,
    "ServiceUnavailable": 503,
    "SkuNotAvailable": 409,
    "SubscriptionNotFound": 404,
    "TooManyRequests": 429,
}
MESSAGES = {
    "AllocationFailed": "Allocation failed. We do not have sufficient capacity for the requested VM size in this "
    "region. Read more about improving likelihood of allocation success at https://aka.ms/allocation-guidance.",
    "AuthorizationFailed": "The client 'rehearsal' with object id '{caller}' does not have authorization to perform "
    "action '{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh "
    "your credentials.",
    "ExpiredAuthenticationToken": "The access token expiry UTC time is earlier than current UTC time.",
    "InvalidAuthenticationTokenTenant": "The access token is from the wrong issuer. It must match the tenant that is "
    "associated with this subscription.",
    "QuotaExceeded": "Operation could not be completed as it results in exceeding approved family Cores quota. "
    "Additional details - Deployment Model: Resource Manager, Current Limit: 0, Current Usage: 0, Additional "
    "Required: 4, (Minimum) New Limit Required: 4. Submit a request for Quota increase.",
    "RegistryNameNotAvailable": "The registry name is not available.",
    "RequestDisallowedByPolicy": "Resource '{name}' was disallowed by policy. Policy identifiers: "
    '\'[{{"policyAssignment":{{"name":"Allowed locations"}}}}]\'.',
    "SkuNotAvailable": "The requested VM size is currently not available in this location. Please try another size or "
    "deploy to a different location or zone.",
    "SubscriptionNotFound": "The subscription could not be found.",
    "TooManyRequests": "The request is being throttled.",
}
RETRIED = {408, 429, 500, 502, 503, 504}
"""What azcore, the client inside of pulumi-azure-native, tries again; anything else fails at once."""


@dataclass
class ArmError(Exception):
    code: str
    message: str
    target: str = ""
    status: int = 0
    retry_after: float | None = field(default=None)

    def __post_init__(self) -> None:
        self.status = self.status or STATUS.get(self.code, 400)

    @property
    def passing(self) -> bool:
        return self.status in RETRIED

    def __str__(self) -> str:
        target = f' Target="{self.target}"' if self.target else ""
        return f'Status={self.status} Code="{self.code}" Message="{self.message}"{target}'


class Existing(Exception):
    """pulumi-azure-native takes over nothing that is there: it looks first, and then refuses."""

    def __init__(self, identity: str) -> None:
        super().__init__(f"cannot create already existing resource '{identity}'")


class Cancelled(Exception):
    """Pulumi asked to stop while Azure was still at it."""


def not_found(identity: str, group: str | None = None) -> ArmError:
    if group:
        return ArmError("ResourceGroupNotFound", f"Resource group '{group.rpartition('/')[2]}' could not be found.")
    return ArmError(
        "ResourceNotFound",
        f"The Resource '{identity}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix",
    )
