"""What `make cluster` has left for the stack: where its cluster and registry are, and the images that pods run."""

import json
from collections.abc import Mapping
from pathlib import Path

SETTINGS = Path("..") / ".cluster" / "settings.json"
"""From the folder of this file, in which the program runs. Not there: a cluster of one's own, settings of one's own."""
FITTING = {
    # One machine is not much: a second pod has to fit beside the first during an update.
    "cpuCores": "0.25",
    "memoryGb": "1",
    "scriptCpuCores": "0.25",
    "scriptMemoryGb": "0.5",
    # Its load balancer has addresses that only this machine reaches, and its registry speaks plain HTTP.
    "exposure": "load-balancer",
    "allowUnencryptedClients": "true",
    "allowPlainHttp": "true",
}
OF_SCORING = ("scriptCpuCores", "scriptMemoryGb")


def completed(given: Mapping[str, str]) -> dict[str, str]:
    """The settings, with those of the local cluster where nothing else is said: all of them, or none for a cluster that
    the settings name themselves."""
    said = {key: text for key, text in given.items() if text}
    if "kubeconfig" in said or not SETTINGS.exists():
        return dict(given)
    left = json.loads(SETTINGS.read_text())
    defaults = {**FITTING, **left, "registry": f"http://{left['registry']}"}
    if said.get("mode", "direct") != "scoring":
        defaults = {key: text for key, text in defaults.items() if key not in OF_SCORING}
    if "tlsSecret" in said or said.get("exposure", "load-balancer") == "cluster":
        del defaults["allowUnencryptedClients"]
    # A default of Pulumi.yaml that says nothing, as `false` of a switch, is not the caller's word.
    return {**given, **{key: text for key, text in defaults.items() if given.get(key) in (None, "", "false")}}
