"""An example as settings: what `example.json` in its folder says, where the stack names no model of its own."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

EXAMPLES = Path("..") / "examples"
"""From the folder of this file, in which the program runs."""
MODES = ("direct", "scoring", "script")


def complete(given: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The settings with those of the example, and what is wrong. An example gives everything or nothing: it does not
    mix with a model of one's own."""
    settings = dict(given)
    mode = settings.setdefault("mode", "direct")
    if mode not in MODES:
        return settings, [f"'mode' must be direct, scoring or script (got {mode!r})"]
    if "modelDirectory" in settings:
        return settings, _lacking(settings)
    name = settings["example"]
    folder = EXAMPLES / name
    file = folder / "example.json"
    there = sorted(path.parent.name for path in EXAMPLES.glob("*/example.json"))
    if name not in there:
        return settings, [f"'example' must be one of {', '.join(there)} (got {name!r})"]
    own = [key for key in ("entryScript", "sourceDirectory") if key in settings]
    if own:
        return settings, [f"'{key}' goes with 'modelDirectory', which is not set" for key in own]
    described = json.loads(file.read_text())
    modes = described.pop("modes")
    if mode not in modes:
        return settings, [f"'mode' must be {' or '.join(modes)} for the example {name} (got {mode!r})"]
    found = {**described, **modes[mode]}
    request = found.pop("request")
    if "sourceDirectory" in found:
        found["sourceDirectory"] = str(folder / found["sourceDirectory"])
    elif "entryScript" in found:
        found["entryScript"] = str(folder / found["entryScript"])
    found["modelDirectory"] = str(folder / found["modelDirectory"])
    return {
        "serviceName": name,
        **found,
        "request": {**request, "file": f"examples/{name}/{request['file']}"},
        **settings,
    }, []


def _lacking(settings: Mapping[str, Any]) -> list[str]:
    needed = ["modelName"] if settings["mode"] == "direct" else ["modelName", "entryScript"]
    return [f"'{key}' is needed with 'modelDirectory'" for key in needed if key not in settings]
