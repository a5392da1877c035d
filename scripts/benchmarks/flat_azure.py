"""The stack `dev` as somebody would write it without this project: the same resources of Azure and Kubernetes, one
after the other, in a program of Pulumi's own packages.

It has no counterpart for what this project adds: versions of models, the environment's image, keys, the plan, the
rollout, the question about room, the wait for a role. What these would say is given, in given.json.
"""

import json
from dataclasses import replace
from pathlib import Path

from parts.azure_stacks import NO_IMAGE
from parts.cluster_services import service
from parts.engine import PythonProgram
from triton_serving.plan.azure.device_plugin import device_plugin
from triton_serving.plan.kubernetes.manifests import manifests, secret_manifests
from triton_serving.plan.service import Keys, Mode

PROGRAM = """
import base64
import json
import uuid
from pathlib import Path

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_azure_native import authorization, containerregistry, containerservice, managedidentity, resources

given = json.loads(Path("given.json").read_text())
LOCATION = "westeurope"
TAGS = {"environment": "dev", "owner": "ml-platform"}
KINDS = {
    "Namespace": kubernetes.core.v1.Namespace,
    "ServiceAccount": kubernetes.core.v1.ServiceAccount,
    "ConfigMap": kubernetes.core.v1.ConfigMap,
    "Secret": kubernetes.core.v1.Secret,
    "Service": kubernetes.core.v1.Service,
    "NetworkPolicy": kubernetes.networking.v1.NetworkPolicy,
    "Deployment": kubernetes.apps.v1.Deployment,
    "PodDisruptionBudget": kubernetes.policy.v1.PodDisruptionBudget,
}

client = authorization.get_client_config_output()
group = resources.ResourceGroup("group", resource_group_name="triton-dev", location=LOCATION, tags=TAGS)
registry = containerregistry.Registry(
    "registry",
    resource_group_name=group.name,
    registry_name="tritonrehearsal",
    location=LOCATION,
    sku=containerregistry.SkuArgs(name="Standard"),
    admin_user_enabled=False,
    anonymous_pull_enabled=False,
    public_network_access="Enabled",
    tags=TAGS,
)
identity = managedidentity.UserAssignedIdentity(
    "identity", resource_group_name=group.name, resource_name_="triton-dev-identity", location=LOCATION, tags=TAGS
)
cluster = containerservice.ManagedCluster(
    "cluster",
    resource_group_name=group.name,
    resource_name_="triton-dev",
    location=LOCATION,
    kubernetes_version="1.36",
    dns_prefix="triton-dev",
    node_resource_group="triton-dev-nodes",
    sku=containerservice.ManagedClusterSKUArgs(name="Base", tier="Free"),
    identity=containerservice.ManagedClusterIdentityArgs(
        type=containerservice.ResourceIdentityType.USER_ASSIGNED, user_assigned_identities=[identity.id]
    ),
    aad_profile=containerservice.ManagedClusterAADProfileArgs(managed=True, enable_azure_rbac=True),
    addon_profiles={"azurepolicy": containerservice.ManagedClusterAddonProfileArgs(enabled=True)},
    agent_pool_profiles=[
        containerservice.ManagedClusterAgentPoolProfileArgs(
            name="system",
            mode="System",
            count=1,
            vm_size="Standard_D4ds_v5",
            max_pods=110,
            orchestrator_version="1.36",
            os_disk_size_gb=128,
            os_disk_type="Ephemeral",
            os_type="Linux",
            type="VirtualMachineScaleSets",
            upgrade_settings=containerservice.AgentPoolUpgradeSettingsArgs(max_surge="33%"),
        )
    ],
    api_server_access_profile=containerservice.ManagedClusterAPIServerAccessProfileArgs(
        authorized_ip_ranges=["198.51.100.0/24"], enable_private_cluster=False
    ),
    auto_scaler_profile=containerservice.ManagedClusterPropertiesAutoScalerProfileArgs(
        skip_nodes_with_local_storage="false"
    ),
    auto_upgrade_profile=containerservice.ManagedClusterAutoUpgradeProfileArgs(
        node_os_upgrade_channel="NodeImage", upgrade_channel="patch"
    ),
    disable_local_accounts=True,
    enable_rbac=True,
    network_profile=containerservice.ContainerServiceNetworkProfileArgs(
        network_plugin="azure",
        network_plugin_mode="overlay",
        network_dataplane="cilium",
        network_policy="cilium",
        load_balancer_sku="standard",
        outbound_type="loadBalancer",
        dns_service_ip="10.0.0.10",
        pod_cidr="10.244.0.0/16",
        service_cidr="10.0.0.0/16",
    ),
    oidc_issuer_profile=containerservice.ManagedClusterOIDCIssuerProfileArgs(enabled=True),
    security_profile=containerservice.ManagedClusterSecurityProfileArgs(
        image_cleaner=containerservice.ManagedClusterSecurityProfileImageCleanerArgs(enabled=True, interval_hours=168),
        workload_identity=containerservice.ManagedClusterSecurityProfileWorkloadIdentityArgs(enabled=True),
    ),
    tags=TAGS,
)
pool = containerservice.AgentPool(
    "gpu",
    resource_group_name=group.name,
    resource_name_=cluster.name,
    agent_pool_name="gpu",
    mode="User",
    vm_size="Standard_NC4as_T4_v3",
    count=0,
    enable_auto_scaling=True,
    min_count=0,
    max_count=1,
    max_pods=30,
    gpu_profile=containerservice.GPUProfileArgs(driver="Install"),
    node_taints=["sku=gpu:NoSchedule"],
    orchestrator_version="1.36",
    os_disk_size_gb=128,
    os_disk_type="Ephemeral",
    os_type="Linux",
    scale_down_mode="Delete",
    type="VirtualMachineScaleSets",
    upgrade_settings=containerservice.AgentPoolUpgradeSettingsArgs(max_surge="0", max_unavailable="1"),
    tags=TAGS,
)
for name, config in {
    "upgrades": "aksManagedAutoUpgradeSchedule",
    "node-images": "aksManagedNodeOSUpgradeSchedule",
}.items():
    containerservice.MaintenanceConfiguration(
        name,
        resource_group_name=group.name,
        resource_name_=cluster.name,
        config_name=config,
        maintenance_window=containerservice.MaintenanceWindowArgs(
            duration_hours=4,
            start_time="02:00",
            utc_offset="+00:00",
            schedule=containerservice.ScheduleArgs(
                weekly=containerservice.WeeklyScheduleArgs(day_of_week="Saturday", interval_weeks=1)
            ),
        ),
    )

kubelets = cluster.identity_profile.apply(lambda profile: profile["kubeletidentity"].object_id)
ROLES = {
    "pull": ("7f951dda-4ed3-4680-a7ca-43fe172d538d", registry.id, kubelets),
    "push": ("8311e382-0749-4cb8-b61a-304f252e45ec", registry.id, client.object_id),
    "delete": ("c2f4ef07-c644-48eb-af81-4b1b4947fb11", registry.id, client.object_id),
    "admin": ("b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b", cluster.id, client.object_id),
}
for name, (definition, scope, principal) in ROLES.items():
    of_definitions = "/subscriptions/{}/providers/Microsoft.Authorization/roleDefinitions/" + definition
    authorization.RoleAssignment(
        name,
        scope=scope,
        principal_id=principal,
        role_assignment_name=str(uuid.uuid5(uuid.NAMESPACE_URL, name)),
        role_definition_id=client.subscription_id.apply(of_definitions.format),
    )

credentials = containerservice.list_managed_cluster_user_credentials_output(
    resource_group_name=group.name, resource_name=cluster.name, format="exec"
)
kubeconfig = pulumi.Output.secret(
    credentials.apply(lambda answer: base64.b64decode(answer.kubeconfigs[0].value).decode())
)
of_system = kubernetes.Provider("of-system", kubeconfig=kubeconfig, cluster_identifier=cluster.id)
of_service = kubernetes.Provider("of-service", kubeconfig=kubeconfig, cluster_identifier=cluster.id)
kubernetes.apps.v1.DaemonSet(
    "device-plugin",
    metadata=given["devicePlugin"]["metadata"],
    spec=given["devicePlugin"]["spec"],
    opts=pulumi.ResourceOptions(provider=of_system, depends_on=[pool]),
)
declared = []
for name, fields in given["objects"].items():
    fields.pop("apiVersion")
    kind = KINDS[fields.pop("kind")]
    if "automountServiceAccountToken" in fields:
        fields["automount_service_account_token"] = fields.pop("automountServiceAccountToken")
    declared.append(kind(name, pulumi.ResourceOptions(provider=of_service, depends_on=declared[:1]), **fields))
pulumi.export("registry", registry.login_server)
pulumi.export("kubeconfig", kubeconfig)
"""


def flat_program(folder: Path) -> PythonProgram:
    folder.mkdir()
    program = PythonProgram(folder).make(PROGRAM)
    plan = replace(service(Mode.SCORING), namespace="digits")
    objects = {**manifests(plan), **secret_manifests(plan, Keys("1" * 32, "2" * 32))}
    pools = [{"name": "gpu", "vmSize": "Standard_NC4as_T4_v3"}]
    plugin = device_plugin({"gpuPools": pools, "devicePluginImage": NO_IMAGE}, "cluster")
    (program.project / "given.json").write_text(json.dumps({"objects": objects, "devicePlugin": plugin}))
    return program
