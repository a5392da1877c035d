"""The clouds of Azure: where each of them is reached and signed in to."""

from collections.abc import Mapping
from dataclasses import dataclass

from .problems import UserError
from .wording import shown

VARIABLES = ("ARM_ENVIRONMENT", "AZURE_ENVIRONMENT")
"""Where the cloud is named, as Pulumi's provider for Azure looks for it."""


@dataclass(frozen=True)
class Cloud:
    manager: str
    """Azure Resource Manager; with /.default also the scope of its tokens."""
    authority: str
    """Where Entra signs in."""


CLOUDS = {
    "public": Cloud("https://management.azure.com", "login.microsoftonline.com"),
    "usgovernment": Cloud("https://management.usgovcloudapi.net", "login.microsoftonline.us"),
    "china": Cloud("https://management.chinacloudapi.cn", "login.chinacloudapi.cn"),
}
_OTHER_NAMES = {
    "azurecloud": "public", "azurepubliccloud": "public", "azureusgovernment": "usgovernment",
    "azureusgovernmentcloud": "usgovernment", "azurechinacloud": "china",
}  # fmt: skip
"""As `az` and AKS name them, which may have set AZURE_ENVIRONMENT."""
REGISTRY_SCOPE = "https://containerregistry.azure.net/.default"
"""The same in every cloud. A token of it opens registries and nothing else."""
REGISTRY_HOSTS = (".azurecr.io", ".azurecr.us", ".azurecr.cn")


def cloud_in(environment: Mapping[str, str]) -> Cloud:
    """The cloud that the environment names, or the public one."""
    name = next((environment[variable] for variable in VARIABLES if environment.get(variable)), "public")
    key = name.strip().lower()
    cloud = CLOUDS.get(_OTHER_NAMES.get(key, key))
    if cloud is None:
        variables = " and ".join(VARIABLES)
        raise UserError(f"{variables} must be one of {', '.join(CLOUDS)} (got {shown(name)!r})")
    return cloud
