"""Services that are measured: up through the stack program of a project folder, and gone without a trace afterwards."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from parts.services import Service, command_line

PARTS = {
    "gateway": ("envoy",),
    "Triton": ("tritonserver", "triton_python_backend_stub"),
    "scoring server": ("triton_scoring",),
    "supervisor": ("triton_serving.local_runtime.supervisor",),
}
"""The programs of a service, by words in their command lines."""


@contextmanager
def running_service(folder: Path, **settings: object) -> Iterator[Service]:
    folder.mkdir()
    service = Service(folder).make()
    try:
        service.set(**settings)
        service.up().fine()
        yield service
        service.destroy().fine()
    finally:
        service.kill_everything()


def gateway_port(service: Service) -> int:
    return int(service.outputs()["healthUri"].split(":")[2].split("/")[0])


def triton_port(service: Service) -> int:
    (server,) = service.processes("tritonserver")
    (port,) = (word[12:] for word in command_line(server).split() if word.startswith("--http-port="))
    return int(port)


def processes_by_part(processes: Iterable[int]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {part: [] for part in PARTS}
    for process in processes:
        command = command_line(process)
        part = next((part for part, words in PARTS.items() if any(word in command for word in words)), command)
        found.setdefault(part, []).append(process)
    return found


def processor_seconds(processes: list[int]) -> float:
    ticks = 0
    for process in processes:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
