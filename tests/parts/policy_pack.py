"""The policy pack, as the real engine runs it."""

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .engine import ROOT, TOOLS
from .operation import Outcome

PACK = ROOT / "components" / "policies"
_TOLD = re.compile(r"^\s+- \[(mandatory|advisory)\]\s+(\S+)\s+\((\S+): (\S+)\)$", re.MULTILINE)


def policy_options(folder: Path, settings: Mapping[str, Any] | None = None) -> tuple[str, ...]:
    """What switches the pack on for `pulumi preview` and `pulumi up`; the settings go into a file of the folder."""
    subprocess.run([TOOLS / "uv", "sync", "--locked", "--quiet", "--project", PACK], check=True)
    file = folder / "policies.json"
    file.write_text(json.dumps(settings or {}))
    return "--policy-pack", str(PACK), "--policy-pack-config", str(file)


def told(outcome: Outcome) -> set[tuple[str, str, str]]:
    """The level, the rule and the resource's name of each violation that an operation tells."""
    assert "triton-serving@v" in outcome.text, f"the pack did not run:\n{outcome.text}"
    return {(level, rule, name) for level, rule, _, name in _TOLD.findall(outcome.text)}
