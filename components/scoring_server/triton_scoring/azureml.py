"""The modules of Azure's packages that entry scripts import: those for raw HTTP, under all the names they have had, and
the one that says where the model is.

    from azureml.contrib.services.aml_request import AMLRequest, rawhttp
    from azureml.contrib.services.aml_response import AMLResponse
    from azureml.core import Model

They are real entries of `sys.modules`, with their parents, so every form of import works. Azure's own packages need
not be there; where they are, only the modules for raw HTTP are replaced.
"""

import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from werkzeug import Request, Response

SERVICES = "azureml.contrib.services"
SERVER_API = "azureml_inference_server_http.api"
CORE = "azureml.core"
"""Most scripts for SDK v1 import its Model, some without a use for it; the package azureml-core needs 34 others."""

_HOLD_DATES = {"date", "expires", "last-modified", "set-cookie", "retry-after"}
"""Headers whose values may hold a comma that separates nothing."""

asked_for_raw: set[object] = set()
"""What @rawhttp stands on. The decorator hands the function on as it is, as it always did."""

Function = Callable[..., Any]


def rawhttp(function: Function) -> Function:
    """Marks run(): it takes the request itself."""
    asked_for_raw.add(function)
    return function


class AwaitableBytes(bytes):
    """What `await request.get_data()` stands for in the asynchronous scripts of early 2021, and bytes besides."""

    def __await__(self) -> Generator[None, None, bytes]:
        return bytes(self)
        yield  # makes this a generator, which __await__ has to be


class AMLRequest(Request):
    """The request that a @rawhttp script gets: werkzeug's, as in Flask."""


class AwaitableAMLRequest(AMLRequest):
    """The same, for a run() that is a coroutine function."""

    def get_data(self, *arguments: Any, **named: Any) -> Any:
        data = super().get_data(*arguments, **named)
        return AwaitableBytes(data) if isinstance(data, bytes) else data


class AMLResponse(Response):
    """A response with status and headers: what run() returns is sent as it is."""

    default_mimetype = "text/html"  # Flask's, and so what clients have always been told

    def __init__(
        self,
        message: Any,
        status_code: int,
        response_headers: Mapping[str, Any] | None = None,
        json_str: bool = False,
        run_function_failed: bool = False,
    ) -> None:
        if message is None or json_str:
            body = json.dumps({} if message is None else message)
            super().__init__(body, status=status_code, mimetype="application/json")
        elif isinstance(message, Mapping | int | float):
            raise TypeError(f"AMLResponse sends a {type(message).__name__} as JSON only: give json_str=True")
        else:
            super().__init__(message, status=status_code)
        self.headers["x-ms-run-function-failed"] = str(run_function_failed)
        for name, value in (response_headers or {}).items():
            if name.lower() == "content-type":
                self.headers[name] = str(value)
            elif name.lower() in _HOLD_DATES:
                self.headers.add(name, str(value))
            else:  # repeated headers come joined by commas
                for part in str(value).split(","):
                    self.headers.add(name, part.strip())


class Model:
    """What a script that runs as a service can use of azureml.core.Model."""

    @staticmethod
    def get_model_path(model_name: str, version: int | None = None, _workspace: Any = None) -> str:  # noqa: ARG004
        """The folder that was registered. A service has one model, so name and version have nothing to choose."""
        folder = os.environ.get("AZUREML_MODEL_DIR", "")
        entries = list(Path(folder).iterdir()) if folder and Path(folder).is_dir() else []
        if len(entries) != 1:
            raise FileNotFoundError(f"{model_name} has no path: AZUREML_MODEL_DIR is {folder!r}, which holds no model")
        return str(entries[0])


def provide_modules() -> None:
    """Puts the modules where scripts look for them."""
    for package in SERVICES, SERVER_API:
        _provide(f"{package}.aml_request", AMLRequest=AMLRequest, rawhttp=rawhttp)
        _provide(f"{package}.aml_response", AMLResponse=AMLResponse)
    if importlib.util.find_spec(CORE) is None:
        _provide(f"{CORE}.model", Model=Model)
        _package(CORE).__dict__["Model"] = Model


def _provide(name: str, **contents: Any) -> None:
    module = ModuleType(name)
    module.__dict__.update(contents)
    sys.modules[name] = module
    child, path = module, name
    while "." in path:
        path, _, last = path.rpartition(".")
        package = _package(path)
        setattr(package, last, child)
        child = package


def _package(name: str) -> ModuleType:
    """The installed package of that name, or an empty one."""
    try:
        return importlib.import_module(name)
    except ImportError:
        package = ModuleType(name)
        package.__path__ = []
        sys.modules[name] = package
        return package
