"""How a Triton in a container is told what to serve: the same in a pod and in Docker."""


def triton_arguments(
    repository: str, *, http: int, grpc: int, metrics: int | None, exit_seconds: int, gpus: bool
) -> list[str]:
    """Flags that every release from 24.10 on knows: it ends at once for one that it does not. `metrics`: the port, or
    None for none."""
    shown = ("--metrics-address=127.0.0.1", f"--metrics-port={metrics}") if metrics else ("--allow-metrics=false",)
    return [
        f"--model-repository={repository}",
        "--model-control-mode=none",
        "--exit-on-error=true",
        "--strict-readiness=true",
        "--http-address=127.0.0.1",
        f"--http-port={http}",
        "--grpc-address=127.0.0.1",
        f"--grpc-port={grpc}",
        *shown,
        f"--exit-timeout-secs={exit_seconds}",
        *(() if gpus else ("--pinned-memory-pool-byte-size=0",)),
    ]
