"""A role in Azure, given to who needs it."""

import pulumi

from ..plan.azure.roles import Role, role_assignment
from .azure_objects import AzureObject, fields

_FOLLOWING = ("scope", "roleAssignmentName", "roleDefinitionId", "principalId")


def assign(
    name: str,
    role: Role,
    scope: pulumi.Input[str],
    principal: pulumi.Input[str],
    options: pulumi.ResourceOptions,
    principal_type: str | None = None,
) -> AzureObject:
    """With `principal_type` Azure does not look the principal up, which fails for minutes after it was made. None for
    one that has been there long, and may be a user or an application."""
    planned = pulumi.Output.all(scope, principal).apply(lambda known: role_assignment(role, *known))
    inputs = fields(planned, _FOLLOWING) | ({"principalType": principal_type} if principal_type else {})
    return AzureObject("authorization:RoleAssignment", name, inputs, options)
