"""A real Kubernetes on this machine that tests share: API server, kubelet, containerd, registry and the rest."""

import json
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from programs.cluster import images
from programs.cluster.cluster import Cluster
from programs.cluster.requirements import lacking
from programs.debian import unpacked

Found = TypeVar("Found")
Manifest = dict[str, Any]
DEADLINE = 60.0
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def why_not() -> list[str]:
    """Why no cluster can run here; empty when one can."""
    return lacking()


class SharedCluster(Cluster):
    """A cluster with what tests do on it."""

    def make_namespace(self) -> str:
        name = f"test-{uuid4().hex[:8]}"
        self.kubectl("create", "namespace", name)
        self.eventually(lambda: self.get("serviceaccount", "default", namespace=name), "no service account")
        return name

    def apply(self, *manifests: Manifest, namespace: str) -> None:
        objects = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(manifests)})
        self.kubectl("apply", f"--namespace={namespace}", "--server-side", "--filename=-", stdin=objects)

    def get(self, kind: str, name: str, *, namespace: str = "default") -> Manifest:
        """The object; an empty one when there is none."""
        options = ("--output=json", "--ignore-not-found", f"--namespace={namespace}")
        return dict(json.loads(self.kubectl("get", kind, name, *options) or "{}"))

    def push(self, name: str, files: Mapping[str, Path], command: Sequence[str]) -> str:
        """An image of some files, sent to the cluster's registry; gives its reference by digest."""
        tagged = f"{self.registry}/tests/{name}:latest"
        archive = self.place.folder / f"{name}.tar"
        images.write_image(archive, tagged, files, command)
        ctr = ("ctr", "--namespace=tests", "images")
        self.inside(*ctr, "import", "--local", str(archive))
        self.inside(*ctr, "push", "--plain-http", tagged)
        archive.unlink()
        request = urllib.request.Request(
            f"http://{self.registry}/v2/tests/{name}/manifests/latest", method="HEAD", headers={"Accept": MANIFEST}
        )
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
            return f"{self.registry}/tests/{name}@{answer.headers['Docker-Content-Digest']}"

    def busybox(self) -> str:
        """An image that is a shell, a web server and their company, all in one file."""
        return self.push("busybox", {"/bin/busybox": unpacked("busybox-static") / "bin/busybox"}, ["/bin/busybox"])

    def eventually(self, look: Callable[[], Found], otherwise: str) -> Found:
        """What `look` gives once it gives anything."""
        deadline = time.monotonic() + DEADLINE
        while not (found := look()):
            if time.monotonic() > deadline:
                raise AssertionError(f"{otherwise}; logs in {self.place.logs}")
            time.sleep(0.1)
        return found
