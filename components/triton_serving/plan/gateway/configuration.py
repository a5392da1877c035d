"""What the gateway's files say. Pure: plain data in, plain data out; `local_runtime` and Kubernetes put it in place.

    bootstrap   once per start of Envoy: listener, limits, where the other two files are
    clusters    where Triton and the scoring server are now
    routes      what is let through to which cluster, with the keys; replaced while Envoy runs, and it loses no request

Envoy runs with ARGUMENTS in the folder that holds the files, and makes its admin socket there, `admin.sock`: relative
paths, so that any folder works, however long its path or odd its name. The other two files are replaced by
a rename: clusters first when routes lead to a new one, routes first when a cluster goes.

What a pod needs beyond that, probes, checks, TLS and a candidate, is put together in pod.py.
"""

from .bootstrap import ARGUMENTS, PASSED_ON, TAKEN, bootstrap
from .clusters import Upstream, clusters
from .routes import Targets, routes

__all__ = ["ARGUMENTS", "PASSED_ON", "TAKEN", "Targets", "Upstream", "bootstrap", "clusters", "routes"]
