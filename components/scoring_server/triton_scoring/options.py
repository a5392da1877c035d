"""How the server is told what to run: azmlinfsrv's options and environment variables; the command line wins."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

DEFAULT_PORT = 5001
DEFAULT_TIMEOUT_MS = 3_600_000
LONGEST_MS = 7 * 24 * 3_600_000


class WrongOptions(Exception):
    """What is wrong, one line each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))


@dataclass(frozen=True)
class Options:
    entry_script: Path
    app_root: Path
    """The workers' working folder, and where imports are looked for."""
    source_directory: Path | None
    port: int
    reuse_port: bool
    worker_count: int
    model_dir: Path | None
    triton_port: int | None
    triton_grpc_port: int | None
    scoring_timeout_ms: int
    """0 is no limit."""
    max_request_wait_ms: int
    """For a worker; 0 is no limit."""
    cors_origins: tuple[str, ...]
    service_name: str
    service_version: str
    path_prefix: str

    def variables(self) -> dict[str, str]:
        """What scripts find of this in their environment, wherever it was given."""
        found = {
            "AML_APP_ROOT": str(self.app_root),
            "AZUREML_ENTRY_SCRIPT": str(self.entry_script),
            "SERVER_PORT": str(self.port),
            "WORKER_COUNT": str(self.worker_count),
        }
        return found | ({"AZUREML_MODEL_DIR": str(self.model_dir)} if self.model_dir else {})


def read_options(arguments: Sequence[str], environment: Mapping[str, str]) -> Options:
    given = _parser().parse_args(arguments)
    problems: list[str] = []

    def whole(option: str, text: str | None, variable: str, default: int, least: int, most: int) -> int:
        name, value = (f"--{option}", text) if text is not None else (variable, environment.get(variable) or default)
        try:
            number = int(value)
        except ValueError:
            number = least - 1
        if not least <= number <= most:
            problems.append(f"{name} has to be a whole number from {least} to {most}, and is {value!r}")
        return number

    here = Path.cwd()
    app_root = here / environment.get("AML_APP_ROOT", "")
    if not app_root.is_dir():
        problems.append(f"AML_APP_ROOT is no folder: {app_root}")
    if given.entry_script:
        entry_script = here / given.entry_script
    else:
        entry_script = app_root / (environment.get("AZUREML_ENTRY_SCRIPT") or "main.py")
    source = environment.get("AZUREML_SOURCE_DIRECTORY")
    model_dir = given.model_dir or environment.get("AZUREML_MODEL_DIR")
    origins = given.access_control_allow_origins or environment.get("AML_CORS_ORIGINS") or ""

    def port_of_triton(option: str, text: str | None) -> int | None:
        return None if text is None else whole(option, text, "", 0, 1, 65535)

    options = Options(
        entry_script=entry_script,
        app_root=app_root,
        source_directory=app_root / source if source else None,
        port=whole("port", given.port, "SERVER_PORT", DEFAULT_PORT, 1, 65535),
        reuse_port=given.reuse_port,
        worker_count=whole("worker_count", given.worker_count, "WORKER_COUNT", 1, 1, 1000),
        model_dir=here / model_dir if model_dir else None,
        triton_port=port_of_triton("triton_port", given.triton_port),
        triton_grpc_port=port_of_triton("triton_grpc_port", given.triton_grpc_port),
        scoring_timeout_ms=whole("", None, "SCORING_TIMEOUT_MS", DEFAULT_TIMEOUT_MS, 0, LONGEST_MS),
        max_request_wait_ms=whole("", None, "MAX_REQUEST_WAIT_TIME", 0, 0, LONGEST_MS),
        cors_origins=tuple(origin.strip() for origin in origins.split(",") if origin.strip()),
        service_name=environment.get("SERVICE_NAME") or "ML service",
        service_version=environment.get("SERVICE_VERSION") or "1.0",
        path_prefix=environment.get("SERVICE_PATH_PREFIX", "").strip("/"),
    )
    if problems:
        raise WrongOptions(problems)
    return options


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise WrongOptions([message])


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m triton_scoring", description="Runs an Azure ML entry script behind /score.")
    parser.add_argument("--entry_script", help="the script with init() and run(); AZUREML_ENTRY_SCRIPT")
    parser.add_argument("--port", help=f"where to listen, on 127.0.0.1; {DEFAULT_PORT} by default")
    parser.add_argument("--reuse_port", action="store_true", help="share the port with who holds it for this server")
    parser.add_argument("--worker_count", help="processes that run the script; WORKER_COUNT, 1 by default")
    parser.add_argument("--model_dir", help="what the script finds as AZUREML_MODEL_DIR")
    parser.add_argument("--triton_port", help="where the script's connections to localhost:8000 go instead")
    parser.add_argument("--triton_grpc_port", help="the same for localhost:8001, gRPC")
    parser.add_argument("--access_control_allow_origins", help="origins for CORS, with commas; AML_CORS_ORIGINS")
    return parser
