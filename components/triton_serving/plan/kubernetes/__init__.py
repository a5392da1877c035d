"""The service plan as Kubernetes objects. Pure: plain data in, manifests out; nothing here talks to a cluster.

service.py      what a service on Kubernetes is: one plan, and what only a cluster has (replicas, exposure, GPUs)
objects.py      which objects a service consists of, known before any value is
manifests.py    the objects themselves: start reading here
    deployment.py   pods and how they are replaced: containers.py, probes.py, volumes.py, files.py
    network.py      who may talk to whom;  disruptions.py  what a node drain may take
    reach.py        how callers get to the pods
    autoscaler.py   how many pods there are;  monitoring.py, alerts.py  what Prometheus reads, and says
capacity.py     what is known of the cluster;  placement.py  which nodes are for the service;  strategy.py  how an
                update goes there
times.py        how long things may take;  names.py, taints.py, quantities.py  words of Kubernetes
"""
