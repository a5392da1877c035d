"""A kubeconfig as the official client's configuration.

The client reads it, because exec logins (AKS's kubelogin), renewed tokens and certificates are its work. What it says
of mistakes quotes the file, and a login that fails is only logged by it, so both are told here in other words.
"""

import logging
import os
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..rules.problems import UserError

LOGIN_SECONDS = 60
"""A login command that opens a window nobody sees must not hang a deployment."""
TRY_IT = "run 'kubectl get nodes' with the same kubeconfig to see more"


def configuration_of(kubeconfig: str | None, context: str | None) -> Any:
    if kubeconfig is not None and _is_text(kubeconfig):
        return _load("the kubeconfig", {"config_dict": _parse(kubeconfig, "the kubeconfig")}, context)
    given = kubeconfig or os.environ.get("KUBECONFIG") or "~/.kube/config"
    paths = [_at_home(path) for path in given.split(os.pathsep) if path]
    there = [path for path in paths if path.exists()]
    if not there:
        raise UserError(
            f"there is no kubeconfig at {', '.join(map(str, paths))}; give one by 'kubeconfig', by the variable "
            "KUBECONFIG, or let your cluster's tool write it ('az aks get-credentials', for AKS)"
        )
    for path in there:
        _parse(_read(path), str(path))
    return _load(", ".join(map(str, there)), {"config_file": os.pathsep.join(map(str, there))}, context)


def _at_home(path: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError:  # `~somebody`, whom this machine does not know
        return Path(path)


def _is_text(kubeconfig: str) -> bool:
    return "\n" in kubeconfig or kubeconfig.lstrip().startswith("{")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read ({type(error).__name__}); repair the file or its rights") from None


def _parse(text: str, place: str) -> Any:
    import yaml

    try:
        config = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)  # the error's own words quote the file
        where = f" (line {mark.line + 1})" if mark else ""
        raise UserError(f"{place}: is no YAML{where}; get it anew from your cluster's tool") from None
    if not isinstance(config, dict) or not isinstance(config.get("clusters"), list) or not config["clusters"]:
        raise UserError(f"{place}: is no kubeconfig, it names no clusters; get it anew from your cluster's tool")
    return config


def _load(place: str, source: Mapping[str, Any], context: str | None) -> Any:
    """Runs the login command, if there is one, in a thread that nobody waits for forever."""
    from kubernetes import config
    from kubernetes.client import Configuration

    configuration = type.__call__(Configuration)  # without the process-wide default, as the client itself does it
    load = config.load_kube_config_from_dict if "config_dict" in source else config.load_kube_config
    failed: list[BaseException] = []

    def run() -> None:
        try:
            load(**source, context=context, client_configuration=configuration, persist_config=False)
        except BaseException as error:
            failed.append(error)

    with _login_failures() as logins:
        thread = threading.Thread(target=run, daemon=True, name="login to the cluster")
        thread.start()
        thread.join(LOGIN_SECONDS)
    if thread.is_alive():
        raise UserError(f"{place}: its login command is not done after {LOGIN_SECONDS} s; {TRY_IT}")
    if failed:
        raise _unusable(place, context, str(failed[0])) from None
    if logins:
        raise UserError(
            f"{place}: its login command does not work; sign in again and see that the program is installed "
            f"(kubelogin, for AKS); {TRY_IT}"
        )
    return configuration


def _unusable(place: str, context: str | None, message: str) -> UserError:
    """The client's own messages quote the kubeconfig."""
    if context is not None and re.search(r"Expected object with name .*contexts list", message):
        return UserError(f"{place}: has no context {context!r}; 'kubectl config get-contexts' lists those there are")
    if context is None and "current-context" in message:
        return UserError(f"{place}: has no current context; choose one by 'context'")
    if "File does not exist" in message:
        return UserError(f"{place}: names a certificate file that does not exist; get it anew from your cluster's tool")
    return UserError(f"{place}: cannot be used; get it anew from your cluster's tool, or {TRY_IT}")


@contextmanager
def _login_failures() -> Iterator[list[str]]:
    """The client logs a failed login command, its output included, and goes on as nobody."""
    found: list[str] = []

    def keep(record: logging.LogRecord) -> bool:
        if not record.pathname.endswith("kube_config.py"):
            return True
        found.append(record.getMessage())
        return False

    root = logging.getLogger()
    root.addFilter(keep)
    try:
        yield found
    finally:
        root.removeFilter(keep)
