"""Words of Azure ML's AksCompute and of AKS itself that GpuCluster does not take, and what to say instead."""

from collections.abc import Iterable, Mapping

INSTEAD_OF_COMPUTE: Mapping[str, str] = {
    "agent_count": "say how many nodes each pool has, by 'count' or 'min_count' and 'max_count' in 'gpu_pools'; those "
    "for Kubernetes itself by 'system_count'",
    "vm_size": "say the size of each pool, by 'vm_size' in 'gpu_pools'; that of the other nodes by 'system_vm_size'",
    "ssl_cname": "TLS is the service's: 'host_name' of TritonWebservice",
    "ssl_cert_pem_file": "TLS is the service's: 'tls_secret' of TritonWebservice",
    "ssl_key_pem_file": "TLS is the service's: 'tls_secret' of TritonWebservice",
    "ssl_enabled": "TLS is the service's: 'tls_secret' of TritonWebservice",
    "leaf_domain_label": "TLS is the service's: 'host_name' and 'tls_secret' of TritonWebservice",
    "overwrite_existing_domain": "no domain is taken from another cluster; remove it",
    "vnet_resourcegroup_name": "say the whole subnet, as 'subnet_id'",
    "vnet_name": "say the whole subnet, as 'subnet_id'",
    "subnet_name": "say the whole subnet, as 'subnet_id'",
    "dns_service_ip": "it is the tenth address of 'service_cidr'; remove it",
    "docker_bridge_cidr": "nodes have no Docker any more; remove it",
    "load_balancer_type": "each service says it: 'exposure' of TritonWebservice, load-balancer or "
    "internal-load-balancer",
    "load_balancer_subnet": "an internal load balancer is in the nodes' subnet, 'subnet_id'",
    "cluster_id": "say 'adopt_cluster'",
    "attach_configuration": "say 'adopt_cluster'",
}
"""By the arguments of AksCompute.provisioning_configuration, enable_ssl and attach_configuration. `cluster_purpose`,
`location` and `service_cidr` are the same here."""

INSTEAD_OF_RETIRED: Mapping[str, str] = {
    "network_plugin": "pods are in Azure's CNI overlay; kubenet ends in March 2028. Remove it",
    "network_policy": "Cilium enforces network policies; Azure's own (NPM) ends in September 2028. Remove it",
    "load_balancer_sku": "it is standard; basic load balancers ended in September 2025. Remove it",
    "availability_set": "pools are scale sets; availability sets ended in September 2025. Say 'zones' of the pools",
    "os_sku": "nodes run Ubuntu, on which AKS installs NVIDIA's driver for every size; Azure Linux 2 ended in "
    "November 2025. Remove it",
    "web_app_routing": "its NGINX is patched until November 2026 only; give services a Gateway: exposure 'gateway' of "
    "TritonWebservice",
    "http_application_routing": "it has ended; give services a Gateway: exposure 'gateway' of TritonWebservice",
    "ingress": "give services a Gateway: exposure 'gateway' of TritonWebservice",
    "skip_gpu_driver_install": "AKS has retired it; set 'driver' of the pool to none",
    "outbound_type": "say 'outbound'; networks have had no outbound access of their own since March 2026",
    "custom_ca_trust_certificates": "its preview ended in September 2026; remove it",
    "disable_local_accounts": "they are off; remove it",
    "enable_rbac": "it is on, by Entra; remove it",
}
"""Settings of AKS that have ended or are going to, or are decided here, with what is there instead."""

INSTEAD: Mapping[str, str] = {**INSTEAD_OF_COMPUTE, **INSTEAD_OF_RETIRED}


def words_not_taken(given: Iterable[str]) -> list[str]:
    names = set(given)
    return [
        *(
            f"'{name}' of Azure ML is not taken: {INSTEAD_OF_COMPUTE[name]}"
            for name in sorted(names & INSTEAD_OF_COMPUTE.keys())
        ),
        *(
            f"'{name}' of AKS is not taken: {INSTEAD_OF_RETIRED[name]}"
            for name in sorted(names & INSTEAD_OF_RETIRED.keys())
        ),
    ]
