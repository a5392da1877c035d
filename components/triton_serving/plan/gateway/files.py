"""The form of the files that Envoy reads again whenever they are replaced."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any


def resources(given: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The version is shown at the admin socket (`/stats`), where one can see what Envoy has taken over."""
    return {"version_info": hashlib.sha256(json.dumps(given).encode()).hexdigest()[:16], "resources": list(given)}


def watched(name: str) -> dict[str, Any]:
    """A file in the folder that Envoy runs in. The folder is watched, so a rename is seen."""
    return {"path_config_source": {"path": name, "watched_directory": {"path": "."}}, "resource_api_version": "V3"}
