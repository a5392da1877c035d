"""The kubeconfig that Azure hands out, made to sign in without anybody at a keyboard."""

import base64
from collections.abc import Mapping
from typing import Any

_LOGIN, _SERVER = "--login", "--server-id"
_OF_TENANT = ("--environment", "--tenant-id")
"""What an application has to say besides. The other logins know their tenant, and refuse another one."""


def decoded(credentials: Mapping[str, Any]) -> str:
    """Of the answer to the call for a user's credentials."""
    return base64.b64decode(credentials["kubeconfigs"][0]["value"]).decode()


def signed_in(kubeconfig: str, login: str) -> str:
    """AKS writes `--login devicecode`, which waits for a human. What follows from its own client is left out: the
    other logins bring their own. A user without kubelogin stays as it is."""
    import yaml  # only where a cluster is on Azure

    config = yaml.safe_load(kubeconfig)
    commands = [user["user"]["exec"] for user in config.get("users") or [] if user["user"].get("exec")]
    of_kubelogin = [command for command in commands if command["command"].endswith("kubelogin")]
    if not of_kubelogin:
        return kubeconfig
    for command in of_kubelogin:
        command["args"] = _arguments(command["args"], login)
    return str(yaml.safe_dump(config, sort_keys=False))


def _arguments(written: list[str], login: str) -> list[str]:
    kept = (_SERVER, *_OF_TENANT) if login == "spn" else (_SERVER,)
    values = [word for name in kept if name in written for word in (name, written[written.index(name) + 1])]
    return [written[0], _LOGIN, login, *values]
