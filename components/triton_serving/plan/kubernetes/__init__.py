"""The service plan as Kubernetes objects. Pure: plain data in, manifests out; nothing here talks to a cluster.

service.py      what a service on Kubernetes is: one plan, and what only a cluster has (replicas, exposure, GPUs)
objects.py      which objects a service consists of, known before any value is
manifests.py    the objects themselves: start reading here
capacity.py     what is known of the cluster;  strategy.py  how an update goes on it
"""
