"""A Kubernetes cluster as this package needs it: what it has to spare, how a rollout goes, what its pods answer.

Objects are made by Pulumi's Kubernetes provider; here it is only looked and waited.

    connection.py   a kubeconfig as a connection
    view.py         nodes, GPUs, versions: before an update
    rollout.py      waiting for an update, and telling why it does not come to an end
    pods.py         requests to single pods, through the API server's port-forward
"""
