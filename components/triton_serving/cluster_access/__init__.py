"""A Kubernetes cluster as this package needs it: what it has to spare, how a rollout goes, what its pods answer.

Objects are made by Pulumi's Kubernetes provider; here it is only looked and waited.

    kubeconfig.py   a kubeconfig as the official client takes it
    connection.py   requests to its API server
    view.py         nodes, GPUs, versions: before an update

    rollout.py      waiting for an update (target.py), and how a service is now
    following.py    one update, asked about again and again
    objects.py      what is read for it; progress.py: how far it has come
    answering.py    which pods answer as an update wants it
    pods.py         what a pod's gateway answers; forwarding.py: the way to it

    finding.py      what keeps an update from its end: the worst of its pods' troubles (trouble.py)
    diagnosis.py    one pod's: its containers' ends (ends.py), images (pulls.py), nodes (placement.py)
    report.py       and how that is told, with the log
"""
