"""How the scoring server is told what to run: the same on this machine, in a container and in a pod."""

from collections.abc import Sequence

from .service import Script, ServicePlan

SOURCE = "/var/azureml-app/source"
"""In a container or a pod, AML_APP_ROOT: the entry script and what goes along with it."""


def scoring_command(python: str, script: Script, source: str, port: int, model: str | None) -> Sequence[str]:
    """`source` is the entry script's folder, `model` the files of the model version; both absolute."""
    command = [
        python,
        "-m",
        "triton_scoring",
        f"--entry_script={source}/{script.entry}",
        f"--port={port}",
        f"--worker_count={script.worker_count}",
    ]
    return command if model is None else [*command, f"--model_dir={model}"]


def triton_options(http: int, grpc: int) -> Sequence[str]:
    """Where what the script calls localhost:8000 and 8001 is, if it is not there."""
    return [f"--triton_port={http}", f"--triton_grpc_port={grpc}"]


def scoring_variables(plan: ServicePlan, script: Script, source: str, model: str | None) -> dict[str, str]:
    """What scripts written for Azure ML look for, and what the caller adds."""
    found = {
        "PYTHONUNBUFFERED": "1",
        "AML_APP_ROOT": source,
        "AZUREML_ENTRY_SCRIPT": script.entry,
        "WORKER_COUNT": str(script.worker_count),
        "SCORING_TIMEOUT_MS": str(script.scoring_timeout_ms),
        "SERVICE_NAME": plan.name,
    }
    if model is not None:
        found["AZUREML_MODEL_DIR"] = model
    if script.max_request_wait_ms is not None:
        found["MAX_REQUEST_WAIT_TIME"] = str(script.max_request_wait_ms)
    return found | dict(script.variables)
