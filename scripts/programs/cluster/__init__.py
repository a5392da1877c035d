"""A one-machine Kubernetes in network, mount and process namespaces of its own. `scripts/cluster` is the way in.

    place            where a cluster's files lie, what it is called on this machine, which addresses it has
    requirements     why a cluster cannot run here
    certificates     keys, certificates and kubeconfigs
    configuration    what the configuration files say
    objects          what the parts need in the cluster: rights, and names that lead to them
    parts            which processes there are, and their command lines
    machine          the first process in the namespaces: starts the parts, and again when they end
    load_balancer    gives Services of type LoadBalancer an address
    images           a container image out of files on this machine
    network, groups  the cluster's cable to this machine, and its control groups
    namespaces       made, found by their first process, and ended
    trouble          why a cluster does not do what it should, and waiting until it does
    cluster          starts, asks and removes a cluster

Everything of a cluster lives in its namespaces and its folder, so ending its first process ends it all.
"""
