"""A real Prometheus that reads the pods of a picture, with the rules of their service; and its answers."""

import json
import os
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from parts.docker_registry import free_port
from parts.pod_gateway import Pod
from parts.triton import Triton
from triton_serving.plan.gateway import pod as plan
from triton_serving.plan.kubernetes.alerts import alerts
from triton_serving.plan.kubernetes.service import ClusterService

ROOT = Path(__file__).resolve().parents[2]
RELEASES = {"stable": "digits-6c9f7d5b4-x2x5z", "candidate": "digits-candidate-7d8b9c6f5-q7r8s"}
STEP = 5


@contextmanager
def prometheus(folder: Path, service: ClusterService, pods: dict[str, Pod], cluster: int) -> Iterator[str]:
    port = free_port()
    read = [("triton", plan.TRITON_METRICS_PATH), ("gateway", plan.GATEWAY_METRICS_PATH)]
    jobs = [
        {
            "job_name": f"{release}-{program}",
            "metrics_path": path,
            "static_configs": [
                {
                    "targets": [f"127.0.0.1:{pods[release].ports[plan.PROBE_PORT]}"],
                    "labels": {
                        "job": "team-a/digits", "namespace": "team-a", "pod": name, "release": release,
                        "program": program,
                    },
                }
            ],
        }
        for release, name in RELEASES.items()
        for program, path in read
    ]  # fmt: skip
    jobs.append({"job_name": "cluster", "static_configs": [{"targets": [f"127.0.0.1:{cluster}"]}]})
    every = {"scrape_interval": f"{STEP}s", "evaluation_interval": f"{STEP}s"}
    groups = [{**group, "interval": f"{STEP}s"} for group in alerts(service)["spec"]["groups"]]
    (folder / "rules.json").write_text(json.dumps({"groups": groups}))
    settings = {"global": every, "rule_files": ["rules.json"], "scrape_configs": jobs}
    (folder / "prometheus.json").write_text(json.dumps(settings))
    program = (ROOT / ".tools" / "bin" / "promtool").resolve().with_name("prometheus")
    command: list[str | Path] = [program, "--config.file=prometheus.json", f"--web.listen-address=127.0.0.1:{port}"]
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen([*command, "--storage.tsdb.path=data"], cwd=folder, stdout=log, stderr=log)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


@contextmanager
def cluster_metrics(tritons: dict[str, Triton], pods: dict[str, Pod]) -> Iterator[int]:
    """What cAdvisor and kube-state-metrics would say of these processes."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write("".join(_cluster_lines(tritons, pods)).encode())

        def log_message(self, *said: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()


def _cluster_lines(tritons: dict[str, Triton], pods: dict[str, Pod]) -> Iterator[str]:
    for release, pod in RELEASES.items():
        deployment = pod.rsplit("-", 2)[0]
        for metric in ("status_replicas_available", "spec_replicas"):
            yield f'kube_deployment_{metric}{{namespace="team-a",deployment="{deployment}"}} 1\n'
        triton = [tritons[release].process.pid, *tritons[release].stubs()]
        for container, processes in (("triton", triton), ("gateway", [pods[release].process.pid])):
            labels = f'{{namespace="team-a",pod="{pod}",container="{container}"}}'
            cpu, memory = (sum(values) for values in zip(*map(_used, processes), strict=True))
            yield f"container_cpu_usage_seconds_total{labels} {cpu}\n"
            yield f"container_memory_working_set_bytes{labels} {memory}\n"
            yield f"kube_pod_init_container_status_restarts_total{labels} 0\n"


def _used(process: int) -> tuple[float, int]:
    with suppress(OSError):
        words = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK"), int(words[21]) * os.sysconf("SC_PAGE_SIZE")
    return 0.0, 0


def series(address: str, panel: dict[str, Any], start: float, end: float) -> list[dict[str, Any]]:
    found = []
    for target in panel["targets"]:
        query = target["expr"].replace("$__rate_interval", "30s")
        for name, value in (("job", "team-a/digits"), ("namespace", "team-a"), ("service", "digits")):
            query = query.replace(f"${name}", value)
        asked = urlencode({"query": query, "start": start, "end": end, "step": STEP})
        with urllib.request.urlopen(f"{address}/api/v1/query_range?{asked}") as answer:
            for one in json.load(answer)["data"]["result"]:
                legend = target["legendFormat"]
                for name, value in one["metric"].items():
                    legend = legend.replace(f"{{{{{name}}}}}", value)
                points = [((at - start) / 60, float(value)) for at, value in one["values"]]
                found.append({"legend": " ".join(legend.replace("{{release}}", "").split()), "points": points})
    return found
