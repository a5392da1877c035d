"""The gateway of a pod, on this machine: the real Envoy, in folders as the kubelet fills them, at free ports."""

import http.client
import json
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from triton_serving.plan.gateway import pod
from triton_serving.plan.service import Keys

from .envoy import DEADLINE, started
from .mounted import Mounted
from .ports import reserved_port
from .raw_http import Answer, send

OF_THE_POD = (
    pod.SERVICE_PORT,
    pod.PROBE_PORT,
    pod.DRAIN_PORT,
    pod.TRITON_HTTP,
    pod.TRITON_GRPC,
    pod.TRITON_METRICS,
    pod.SCORING,
)


@dataclass
class Pod:
    folder: Path
    ports: dict[int, int]
    """Where each port of a pod is on this machine."""
    mounted: Mounted
    certificate: Mounted
    process: "subprocess.Popen[bytes]"

    @property
    def port(self) -> int:
        return self.ports[pod.SERVICE_PORT]

    @property
    def log(self) -> str:
        return (self.folder / "gateway.log").read_text()

    def get(self, port: int, path: str, *headers: str, method: str = "GET") -> Answer:
        request = "\r\n".join((f"{method} {path} HTTP/1.1", "Host: a", *headers, "", ""))
        return send(self.ports[port], request.encode())

    def call(self, path: str, *headers: str, method: str = "GET", body: bytes = b"") -> Answer:
        length = [f"Content-Length: {len(body)}"] if body else []
        request = "\r\n".join((f"{method} {path} HTTP/1.1", "Host: a", *length, *headers, "", ""))
        return send(self.port, request.encode() + body)

    def probe(self, path: str) -> int:
        return self.get(pod.PROBE_PORT, path).status

    def metrics(self) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[pod.PROBE_PORT], timeout=DEADLINE)
        connection.request("GET", pod.GATEWAY_METRICS_PATH)
        text = connection.getresponse().read().decode()
        connection.close()
        return text

    def put(self, gateway: pod.PodGateway, keys: Keys | None) -> pod.PodGatewayFiles:
        """As when the ConfigMap and the Secret change."""
        files = pod.pod_gateway_files(gateway, keys)
        self.mounted.put(texts(files, self.folder, self.ports))
        return files

    def wait_for(self, condition: Callable[[], object], what: str = "") -> None:
        until = time.monotonic() + DEADLINE
        while not condition():
            assert self.process.poll() is None, f"Envoy ended:\n{self.log}"
            assert time.monotonic() < until, f"not within {DEADLINE} s: {what}; Envoy says:\n{self.log}"
            time.sleep(0.02)


@contextmanager
def running_pod(
    folder: Path,
    gateway: pod.PodGateway,
    keys: Keys | None = None,
    *,
    behind: Mapping[int, int] | None = None,
    certificate: Mapping[str, bytes] | None = None,
    change: Callable[[dict[str, Any]], None] | None = None,
) -> Iterator[Pod]:
    """`behind` says where programs of the pod are; nobody listens at the others. `change` alters the start file."""
    with ExitStack() as held:
        ports = {port: reserved_port(held) for port in OF_THE_POD} | dict(behind or {})
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "run").mkdir()
        mounted, secret = Mounted(folder / "gateway"), Mounted(folder / "tls")
        secret.put(certificate or {})
        files = pod.pod_gateway_files(gateway, keys)
        if change:
            change(files.bootstrap)
        mounted.put(texts(files, folder, ports))
        process = held.enter_context(started(mounted.folder, folder / "gateway.log"))
        running = Pod(folder, ports, mounted, secret, process)
        running.wait_for(lambda: _listens(running))
        yield running


def texts(files: pod.PodGatewayFiles, folder: Path, ports: Mapping[int, int]) -> dict[str, str]:
    written = {"bootstrap.json": files.bootstrap, "clusters.json": files.clusters, "routes.json": files.routes}
    if files.certificate:
        written["certificate.json"] = files.certificate
    return {name: json.dumps(_here(content, folder, ports)) for name, content in written.items()}


def _here(content: Any, folder: Path, ports: Mapping[int, int]) -> Any:
    """The same on this machine, where other ports and folders are free."""
    if isinstance(content, list):
        return [_here(one, folder, ports) for one in content]
    if isinstance(content, dict):
        return {
            name: ports.get(one, one) if name == "port_value" else _here(one, folder, ports)
            for name, one in content.items()
        }
    if isinstance(content, str):
        return content.replace(pod.RUN_FOLDER, f"{folder}/run").replace(pod.TLS_FOLDER, f"{folder}/tls")
    return content


def _listens(running: Pod) -> bool:
    try:
        return running.probe(pod.GATEWAY_PATH) == 200
    except ConnectionRefusedError:
        return False
